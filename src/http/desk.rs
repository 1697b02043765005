//! What handlers ask of chats and of the desk; failures become [`Problem`]s here, as in [`super::state`].

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::{broadcast, watch};

use super::{
    error::{Code, Problem},
    extract::Staff,
    state::{Web, ask_problem, desk_problem},
};
use crate::{
    app::Said,
    desk::{
        Consent, NewChat, SignedCustomer, Ticket, Written,
        flow::Word,
        mask,
        queue::{Act, Details},
    },
    store::{ConversationRecord, StoreError, StreamEvent, Subject, TurnRecord, Wake, Worked, conversation_stream},
};

/// Characters of a message that agents see while it is being typed.
const LONGEST_PREVIEW: usize = 1_000;

impl Web {
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.app().clock().now()
    }

    /// Hears of what is committed from now on.
    pub fn wakes(&self) -> broadcast::Receiver<Wake> {
        self.app().store.wakes()
    }

    /// Turns true when the server is about to stop: streams end.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop_signal().subscribe()
    }

    /// Who the host site says this is; `None` without a token.
    ///
    /// # Errors
    /// 401 for a token that is not valid.
    pub fn signed_customer(&self, token: Option<&str>) -> Result<Option<SignedCustomer>, Problem> {
        let Some(token) = token else { return Ok(None) };
        let verified = self.app().identity.verify(token, self.now());
        verified
            .map(Some)
            .map_err(|error| Problem::new(Code::Unauthorized, format!("`identity` is not valid: {error}.")))
    }

    /// Begins a conversation.
    pub async fn begin_chat(&self, new: NewChat) -> Result<(Worked, String), Problem> {
        self.app().desk.begin_chat(new).await.map_err(desk_problem)
    }

    /// The conversation, if the secret is its own.
    pub async fn customers_conversation(&self, id: &str, secret: &str) -> Result<ConversationRecord, Problem> {
        let found = self.app().desk.customers_conversation(id, secret).await;
        found.map_err(desk_problem)
    }

    /// The conversation.
    pub async fn conversation(&self, id: &str) -> Result<ConversationRecord, Problem> {
        let found = self.app().store.conversation(id).await.map_err(store_problem)?;
        found.ok_or_else(|| Problem::new(Code::NotFound, "There is no such conversation."))
    }

    /// Turns after the one with this number, notes included.
    pub async fn turns(&self, id: &str, after: i64, limit: usize) -> Result<Vec<TurnRecord>, Problem> {
        self.app().store.turns(id, after, limit).await.map_err(store_problem)
    }

    /// The customer says something.
    pub async fn say(&self, id: &str, text: &str, key: Option<String>) -> Result<Said, Problem> {
        self.app().say(id, text, key).await.map_err(ask_problem)
    }

    /// The customer wants a person.
    pub async fn want_person(&self, id: &str) -> Result<Worked, Problem> {
        self.app().want_person(id).await.map_err(ask_problem)
    }

    /// The customer says whether it helped.
    pub async fn word(&self, id: &str, word: Word) -> Result<Worked, Problem> {
        self.app().word(id, word).await.map_err(ask_problem)
    }

    /// The customer leaves or corrects details.
    pub async fn details(&self, id: &str, details: Details) -> Result<Worked, Problem> {
        let subject = Subject::Conversation(id.to_owned());
        self.app().desk.details(subject, details).await.map_err(desk_problem)
    }

    /// The customer rates the present episode.
    pub async fn rate(&self, id: &str, rating: i64, note: Option<String>) -> Result<Worked, Problem> {
        self.app().desk.rate(id, rating, note).await.map_err(desk_problem)
    }

    /// The customer lets agents see what is being typed, or no longer.
    pub async fn show_typing(&self, id: &str, consent: Consent) -> Result<(), Problem> {
        self.app().desk.show_typing(id, consent).await.map_err(desk_problem)
    }

    /// The customer has seen the turns up to this one.
    pub async fn turns_seen(&self, id: &str, number: i64) -> Result<(), Problem> {
        self.app().store.turns_seen(id, number).await.map_err(store_problem)
    }

    /// Tells those who follow the conversation that its customer is typing, and what, without secrets.
    pub async fn customer_types(&self, id: &str, typing: bool, preview: Option<&str>) -> Result<(), Problem> {
        let preview = preview.map(|text| end_of(&mask::mask(text).text));
        let data = json!({"who": "customer", "typing": typing, "preview": preview});
        self.tell_passing(id, &data).await
    }

    /// Tells those who follow the ticket's conversation who looks at it and who is typing.
    pub async fn staff_presence(
        &self,
        reference: &str,
        staff: &Staff,
        viewing: bool,
        typing: bool,
    ) -> Result<(), Problem> {
        let ticket = self.app().desk.get(reference).await.map_err(desk_problem)?;
        let Some(conversation) = ticket.conversation else {
            return Ok(());
        };
        let by = staff.staffer();
        let data = json!({
            "who": by.actor.id, "name": by.actor.name, "picture": by.picture, "viewing": viewing, "typing": typing,
        });
        self.tell_passing(&conversation, &data).await
    }

    async fn tell_passing(&self, conversation: &str, data: &serde_json::Value) -> Result<(), Problem> {
        let stream = conversation_stream(conversation);
        self.app()
            .store
            .tell_passing(&stream, data)
            .await
            .map_err(store_problem)
    }

    /// Events of a stream.
    pub async fn events_after(&self, stream: &str, after: i64, limit: usize) -> Result<Vec<StreamEvent>, Problem> {
        let events = self.app().store.events_after(stream, after, limit).await;
        events.map_err(store_problem)
    }

    /// Number of a stream's last event.
    pub async fn last_event(&self, stream: &str) -> Result<i64, Problem> {
        self.app().store.last_event(stream).await.map_err(store_problem)
    }

    /// Every team that has or had tickets.
    pub async fn teams(&self) -> Result<Vec<String>, Problem> {
        self.app().store.teams().await.map_err(store_problem)
    }

    /// Takes a ticket for as long as a claim holds.
    pub async fn claim(&self, reference: &str, staff: &Staff, seen: Option<i64>) -> Result<Ticket, Problem> {
        let claimed = self.app().desk.claim(reference, &staff.staffer(), seen).await;
        claimed.map_err(desk_problem)
    }

    /// Does something with a ticket.
    pub async fn act(&self, reference: &str, act: Act, staff: &Staff, seen: Option<i64>) -> Result<Ticket, Problem> {
        let done = self.app().desk.act(reference, act, &staff.actor(), seen).await;
        done.map_err(desk_problem)
    }

    /// Answers the customer.
    pub async fn send_reply(
        &self,
        reference: &str,
        staff: &Staff,
        written: Written,
    ) -> Result<(Ticket, Option<TurnRecord>), Problem> {
        let sent = self.app().desk.send_reply(reference, &staff.staffer(), written).await;
        sent.map_err(desk_problem)
    }

    /// Leaves a note.
    pub async fn note(&self, reference: &str, staff: &Staff, written: Written) -> Result<Ticket, Problem> {
        let noted = self.app().desk.note(reference, &staff.staffer(), written).await;
        noted.map_err(desk_problem)
    }

    /// Merges a ticket into another one.
    pub async fn merge(
        &self,
        reference: &str,
        into: &str,
        staff: &Staff,
        seen: Option<i64>,
    ) -> Result<Ticket, Problem> {
        let merged = self.app().desk.merge(reference, into, &staff.actor(), seen).await;
        merged.map_err(desk_problem)
    }

    /// The tickets that go on in this one.
    pub async fn absorbed(&self, ticket: &Ticket) -> Result<Vec<Ticket>, Problem> {
        self.app().desk.absorbed(ticket).await.map_err(desk_problem)
    }

    /// Takes a conversation over from the bot.
    pub async fn take_over(&self, conversation: &str, staff: &Staff) -> Result<Ticket, Problem> {
        let by = staff.staffer();
        let taken = self
            .app()
            .desk
            .take_over(conversation, &by, crate::answer::DEFAULT_TEAM)
            .await;
        taken.map_err(desk_problem)
    }

    /// The name of a person at the desk.
    ///
    /// # Errors
    /// 422 for an id that nobody has.
    pub async fn name_of(&self, person: &str) -> Result<String, Problem> {
        match self.people().get(person).await? {
            Some(person) if !person.disabled => Ok(person.name),
            _ => Err(Problem::new(
                Code::InvalidBody,
                "`person` is the id of nobody who works here. `GET /api/v1/people` lists them.",
            )),
        }
    }
}

/// What of a preview is told: PostgreSQL's notes between servers have at most 8,000 bytes, and whoever types looks at the end.
fn end_of(text: &str) -> String {
    let longer = text.chars().count().saturating_sub(LONGEST_PREVIEW);
    text.chars().skip(longer).collect()
}

fn store_problem(error: StoreError) -> Problem {
    desk_problem(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_preview_is_told_and_fits_a_note() {
        assert_eq!(end_of("Where is"), "Where is");
        let told = end_of(&format!("{}!", "\u{1}".repeat(5_000)));
        assert!(told.ends_with('!') && told.chars().count() == LONGEST_PREVIEW);
        assert!(json!(told).to_string().len() < 7_000);
    }
}
