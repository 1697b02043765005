//! A chat: the customer says something, the bot answers or hands over. One way for every face that chats.
//!
//! What is said is committed before anything is thought about it; the bot's reply is thought out aside and committed only if
//! nothing was said or done meanwhile. A server that ends in between leaves a conversation whose answer is overdue, and
//! [`App::answer_overdue`] gives it.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::{
    answer::{Decided, Decision, HandoffReason, Outcome, Question},
    desk::{
        DeskError, NewTicket,
        flow::{self, BotReply, Word},
        signed,
        talk::{self, Talk},
    },
    store::{NearestArticle, Scene, StoreError, Subject, TurnKind, TurnRecord, Worked},
};

use super::{App, AskError, Channel, named_team};

/// A reply is thought out anew so often when something was said meanwhile.
const TRIES: usize = 8;
/// An answer that is owed for longer than this was left by a server that has ended.
const OVERDUE: SignedDuration = SignedDuration::from_secs(5);
/// Turns that may follow a message at once: a notice and a reply.
const FOLLOWED: usize = 2;
/// Conversations whose overdue answer is given at once.
const OVERDUE_AT_ONCE: usize = 50;

/// What became of something that the customer said.
#[derive(Debug, Clone)]
pub struct Said {
    /// The message, as it was kept.
    pub turn: TurnRecord,
    /// What followed at once: a notice, the bot's reply. Empty if a later message of the same burst is answered, or people
    /// answer.
    pub replies: Vec<TurnRecord>,
    /// Whether it had been said before.
    pub repeated: bool,
}

impl App {
    /// The customer says something; returns when the bot has replied, or at once where people answer. Whoever stops waiting
    /// for it does not stop the reply.
    ///
    /// # Errors
    /// A text or key that is not allowed, a conversation that was ended, too much load, or the store's failure; the message is
    /// kept in the last two cases, and answered later.
    pub async fn say(&self, conversation: &str, text: &str, key: Option<String>) -> Result<Said, AskError> {
        let heard = self.desk.hear(conversation, text, key).await.map_err(AskError::Desk)?;
        let mut said = Said {
            turn: heard.turn,
            replies: heard.more,
            repeated: heard.repeated,
        };
        if let Some(due) = heard.due {
            let wait = due.duration_since(self.clock.now());
            let wait = Duration::try_from(wait).unwrap_or(Duration::ZERO);
            let (app, id) = (self.clone(), conversation.to_owned());
            let replied = tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                app.answer(&id, Some(due)).await
            });
            replied.await.map_err(|_| AskError::Desk(closed()))??;
        }
        if heard.due.is_none() && !said.repeated && self.wants_person(&said.turn.text) {
            said.replies.extend(
                self.desk
                    .remind(conversation, said.turn.number)
                    .await
                    .map_err(AskError::Desk)?,
            );
        }
        // Read from what is kept: it may be a repeated request, or another server, that has answered.
        if heard.due.is_some() || said.repeated {
            said.replies = self.followed(&said.turn).await?;
        }
        Ok(said)
    }

    /// Whether the words ask for a person.
    fn wants_person(&self, text: &str) -> bool {
        let policy = self.answerer.policy();
        let topic = policy.matching(text).and_then(|rule| policy.topic(rule.topic));
        topic.is_some_and(|topic| topic.reason == HandoffReason::WantsPerson)
    }

    /// What followed a message at once, up to the customer's next one.
    async fn followed(&self, said: &TurnRecord) -> Result<Vec<TurnRecord>, AskError> {
        let after = self.store.turns(&said.conversation, said.number, FOLLOWED).await;
        let bots = |turn: &TurnRecord| matches!(turn.kind, TurnKind::System | TurnKind::Bot | TurnKind::Receipt);
        Ok(after.map_err(store)?.into_iter().take_while(bots).collect())
    }

    /// Gives the answer that the bot owes. With `due`, only if that message was the last one of its burst.
    ///
    /// # Errors
    /// Too much load, or the store's failure.
    pub async fn answer(&self, conversation: &str, due: Option<Timestamp>) -> Result<Vec<TurnRecord>, AskError> {
        let subject = Subject::Conversation(conversation.to_owned());
        for _ in 0..TRIES {
            let scene = self.store.scene(&subject).await.map_err(store)?;
            let Some(open) = &scene.conversation else {
                return Ok(Vec::new());
            };
            match (open.answer_due_at, due) {
                (None, _) => return Ok(Vec::new()),
                (Some(now), Some(due)) if now != due => return Ok(Vec::new()),
                _ => {}
            }
            let (reply, thought) = self.think(&scene).await?;
            if let Some(worked) = self.try_reply(conversation, open.version, reply).await? {
                // Only what was said is a question that was asked.
                if let Some(mut thought) = thought {
                    let Thought { asked, decided, took } = &mut thought;
                    self.record(asked, Some(&open.lang), Channel::Chat, decided, *took);
                }
                return Ok(worked.turns);
            }
        }
        Err(AskError::Desk(flow::Moved.into()))
    }

    /// Answers what other servers, or this one before a crash, have left unanswered. Returns how many.
    ///
    /// # Errors
    /// The store's failure, or too much load.
    pub async fn answer_overdue(&self) -> Result<usize, AskError> {
        let until = self.clock.now().saturating_sub(OVERDUE).unwrap_or(Timestamp::MIN);
        let overdue = self
            .store
            .overdue_answers(until, OVERDUE_AT_ONCE)
            .await
            .map_err(store)?;
        let mut answered = 0;
        let mut failed = None;
        for conversation in &overdue {
            match self.answer(conversation, None).await {
                Ok(_) => answered += 1,
                // The load will not be less for the next one.
                Err(error @ AskError::Unavailable(_)) => return Err(error),
                // One that cannot be answered must not keep the others waiting.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(answered), Err)
    }

    /// The customer wants a person. Says only the receipt; asking again gives the same ticket.
    ///
    /// # Errors
    /// As [`Self::say`].
    pub async fn want_person(&self, conversation: &str) -> Result<Worked, AskError> {
        self.hand_conversation_over(conversation, HandoffReason::WantsPerson)
            .await
    }

    /// The customer says whether it helped. What the bot said and did not help goes to people.
    ///
    /// # Errors
    /// Nothing that it could be about, or as [`Self::say`].
    pub async fn word(&self, conversation: &str, word: Word) -> Result<Worked, AskError> {
        let subject = Subject::Conversation(conversation.to_owned());
        let scene = self.store.scene(&subject).await.map_err(store)?;
        match word {
            Word::DidNotHelp if scene.ticket.is_none() => {
                self.hand_conversation_over(conversation, HandoffReason::DidNotHelp)
                    .await
            }
            word => self.desk.word(conversation, word).await.map_err(AskError::Desk),
        }
    }

    async fn hand_conversation_over(&self, conversation: &str, reason: HandoffReason) -> Result<Worked, AskError> {
        let subject = Subject::Conversation(conversation.to_owned());
        for _ in 0..TRIES {
            let scene = self.store.scene(&subject).await.map_err(store)?;
            let Some(open) = &scene.conversation else {
                return Err(AskError::Desk(DeskError::NoSuchConversation));
            };
            if flow::has_ended(&scene) || flow::goes_to_people(&scene, self.clock.now()) {
                return self.desk.ask_again(conversation).await.map_err(AskError::Desk);
            }
            let question = question_of(&scene);
            let reply = self.people(&scene, question, Reason::alone(reason)).await?;
            if let Some(worked) = self.try_reply(conversation, open.version, reply).await? {
                return Ok(worked);
            }
        }
        Err(AskError::Desk(flow::Moved.into()))
    }

    /// `None`: something was said meanwhile, or the reference was taken; think again.
    async fn try_reply(&self, conversation: &str, seen: i64, reply: BotReply) -> Result<Option<Worked>, AskError> {
        match self.desk.reply(conversation, seen, reply).await {
            Ok(worked) => Ok(worked),
            Err(DeskError::Store(StoreError::ReferenceTaken { .. })) => Ok(None),
            Err(error) => Err(AskError::Desk(error)),
        }
    }

    /// What the bot says to what it has heard, and the decision that it took for it.
    async fn think(&self, scene: &Scene) -> Result<(BotReply, Option<Thought>), AskError> {
        let text = shortened(flow::joined(flow::unanswered(&scene.turns)));
        let episode = scene.episode.as_ref();
        // What takes an ended episode up again is about what was said there.
        let has_replied =
            episode.is_some_and(|episode| episode.misses > 0 || !episode.shown.is_empty() || episode.reopens.is_some());
        match talk::talk(&text) {
            Some(Talk::DidNotHelp) if has_replied => {
                let question = question_of(scene);
                let reply = self
                    .people(scene, question, Reason::alone(HandoffReason::DidNotHelp))
                    .await?;
                return Ok((reply, None));
            }
            Some(talk) => return Ok((BotReply::Talk(talk), None)),
            None => {}
        }
        let thought = self.decide_in(scene, &text).await?;
        let decided = &thought.decided;
        let misses = episode.map_or(0, |episode| episode.misses);
        // Another section of the same article may well be what is asked for next.
        let shown_before = |decision: &Decision| {
            let answer = decision.answer.as_ref();
            answer.is_some_and(|answer| {
                let in_episode = episode.is_some_and(|episode| episode.shown.contains(&answer.article.id));
                in_episode && flow::was_shown(&scene.turns, answer)
            })
        };
        let reason = match decided.decision.decision {
            Outcome::Handoff => None,
            Outcome::Answer if shown_before(&decided.decision) => Some(HandoffReason::Misses),
            Outcome::Clarify if misses + 1 >= i64::from(self.live().desk.misses) => Some(HandoffReason::Misses),
            Outcome::Answer | Outcome::Clarify => {
                let reply = BotReply::Decision(Box::new(decided.decision.clone()));
                return Ok((reply, Some(thought)));
            }
        };
        let reason = Reason::of(decided, reason);
        // "I want a person" is about what was asked before.
        let before = flow::question_before(&scene.turns).filter(|_| reason.reason == HandoffReason::WantsPerson);
        let question = before.map_or(text, str::to_owned);
        let reply = self.people(scene, question, reason).await?;
        Ok((reply, Some(thought)))
    }

    /// Decides in a conversation. A follow-up is read with the question before it.
    async fn decide_in(&self, scene: &Scene, text: &str) -> Result<Thought, AskError> {
        let open = scene.conversation.as_ref();
        let alone = Question {
            text: text.to_owned(),
            lang: None,
            context: open.map(|open| open.context.clone()).unwrap_or_default(),
        };
        let started = Instant::now();
        let before = flow::asked_before(&scene.turns).map(|mut before| {
            before.question = shortened(before.question);
            before
        });
        let (mut decided, together) = self
            .answerer
            .decide_after(|| self.next_id(), &alone, before.as_ref())
            .await?;
        let asked = together.unwrap_or(alone);
        let claims = open.and_then(|open| open.claims.as_ref());
        self.people_first(&mut decided, &asked, Channel::Chat, claims);
        Ok(Thought {
            asked,
            decided,
            took: started.elapsed(),
        })
    }

    /// Hands over what stands in the conversation.
    async fn people(&self, scene: &Scene, question: String, reason: Reason) -> Result<BotReply, AskError> {
        let open = scene.conversation.as_ref();
        let new = NewTicket {
            question: if question.trim().is_empty() {
                "…".into()
            } else {
                shortened(question)
            },
            language: reason
                .language
                .or_else(|| open.map(|open| open.lang.clone()))
                .unwrap_or_else(|| "en".into()),
            reason: reason.reason,
            topic: reason.topic,
            team: reason.team,
            contact: open.and_then(|open| open.email.clone()),
            context: open.map(|open| open.context.clone()).unwrap_or_default(),
            signed: open.and_then(signed),
            nearest: reason.nearest,
            confidence: reason.confidence,
            decision: reason.decision,
            opened_by: "customer".into(),
            channel: Channel::Chat.as_str().to_owned(),
            idempotency_key: None,
        };
        let handover = self.desk.handover(new, scene).await.map_err(AskError::Desk)?;
        Ok(BotReply::Handoff(Box::new(handover)))
    }
}

/// A decision with what it was about, for the log of questions.
struct Thought {
    asked: Question,
    decided: Decided,
    took: Duration,
}

/// Why it goes to people, and what was found before.
struct Reason {
    reason: HandoffReason,
    topic: Option<String>,
    team: Option<String>,
    language: Option<String>,
    nearest: Option<NearestArticle>,
    confidence: f64,
    decision: String,
}

impl Reason {
    /// Without a decision.
    fn alone(reason: HandoffReason) -> Self {
        Reason {
            reason,
            topic: None,
            team: None,
            language: None,
            nearest: None,
            confidence: 0.0,
            decision: String::new(),
        }
    }

    /// With what was decided; `instead` replaces its reason.
    fn of(decided: &Decided, instead: Option<HandoffReason>) -> Self {
        let decision = &decided.decision;
        let handoff = decision.handoff.as_ref();
        Reason {
            reason: instead
                .or(handoff.map(|handoff| handoff.reason))
                .unwrap_or(HandoffReason::LowConfidence),
            topic: handoff.and_then(|handoff| handoff.topic.clone()),
            team: handoff.and_then(named_team),
            language: Some(decision.language.clone()),
            nearest: decided.ranked.first().map(|(article, _)| NearestArticle {
                id: article.id.clone(),
                title: article.title.clone(),
            }),
            confidence: decision.confidence,
            decision: decision.id.clone(),
        }
    }
}

/// The question that a wish for a person is about: the customer's last words that are one.
fn question_of(scene: &Scene) -> String {
    flow::last_question(&scene.turns).unwrap_or_default().to_owned()
}

/// A burst may be longer than a question may be; its end is in the conversation.
fn shortened(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(crate::desk::LONGEST_QUESTION) {
        text.truncate(at);
    }
    text
}

fn store(error: StoreError) -> AskError {
    AskError::Desk(error.into())
}

fn closed() -> DeskError {
    DeskError::Store(StoreError::Closed)
}
