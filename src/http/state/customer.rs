//! What the page of a ticket needs: the conversation as its customer may read it, and what the customer may do there.

use jiff::{Timestamp, tz::TimeZone};

use super::{Receipt, Web, desk_problem, hash};
use crate::{
    desk::{DeskError, byline, customers_zone, flow::Word, queue::Details},
    http::{Code, Problem},
    store::{Subject, TicketOutcome, TicketRecord, TicketState, TurnKind, TurnRecord},
};

/// A ticket's page.
pub struct CustomerPage {
    /// What the receipt says.
    pub receipt: Receipt,
    /// Where the ticket stands, for its customer.
    pub standing: Standing,
    /// Whether somebody has it; before, it waits for whoever is free.
    pub is_taken: bool,
    /// Whether the customer may still say that it is solved.
    pub may_confirm: bool,
    /// The zone in which times are told: the customer's own, or the desk's.
    pub zone: TimeZone,
    /// How the customer rated it, 1 (bad) to 5 (good).
    pub rating: Option<i64>,
    /// What was said, oldest first.
    pub turns: Vec<Spoken>,
    /// What the customer has told about themselves and the matter.
    pub details: Details,
}

/// Where a ticket stands, for its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has answered yet.
    New,
    /// The customer has written again and waits.
    Waiting,
    /// A person has answered.
    Answered,
    /// It has been dealt with.
    Done,
    /// Staff have ended it.
    Ended,
    /// It goes on under another reference.
    Merged(String),
}

impl Standing {
    /// Whether the customer may write. What they write on a ticket that goes on in another one is for that one.
    pub fn is_open(&self) -> bool {
        *self != Standing::Ended
    }

    fn of(ticket: &TicketRecord) -> Self {
        match ticket.state {
            TicketState::Merged => Standing::Merged(ticket.merged_into.clone().unwrap_or_default()),
            _ if ticket.outcome == Some(TicketOutcome::EndedByStaff) => Standing::Ended,
            TicketState::Resolved => Standing::Done,
            _ if ticket.first_reply_at.is_none() => Standing::New,
            _ if ticket.waiting_since.is_some() => Standing::Waiting,
            _ => Standing::Answered,
        }
    }
}

/// Who said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// The reader.
    Customer,
    /// The machine.
    Bot,
    /// A program that answers for the team.
    Team,
    /// A person, with their name if it is known, and the path of their picture.
    Person {
        /// As customers see it.
        name: Option<String>,
        /// On this site.
        picture: Option<String>,
    },
    /// Nobody: it happened.
    Desk,
}

/// Something that was said.
pub struct Spoken {
    /// Its number in the conversation.
    pub number: i64,
    /// By whom.
    pub speaker: Speaker,
    /// The words.
    pub text: String,
    /// The same with its tables and lists, if it is a passage of an article: sanitised when it was shown.
    pub html: Option<String>,
    /// The article that it is from: its path on this site, and its title.
    pub source: Option<(String, String)>,
    /// When.
    pub at: Timestamp,
}

impl From<TurnRecord> for Spoken {
    fn from(turn: TurnRecord) -> Self {
        let word = |key: &str| turn.data.get(key).and_then(|value| value.as_str()).map(str::to_owned);
        let speaker = match turn.kind {
            TurnKind::Customer => Speaker::Customer,
            TurnKind::Bot | TurnKind::Receipt => Speaker::Bot,
            TurnKind::Person if byline::is_program(&turn.author) => Speaker::Team,
            TurnKind::Person => Speaker::Person {
                name: word("name"),
                // Elsewhere would tell others who reads here.
                picture: word("picture").filter(|path| path.starts_with('/') && !path.starts_with("//")),
            },
            TurnKind::System | TurnKind::Note => Speaker::Desk,
        };
        let answer = match turn.kind {
            TurnKind::Bot => turn.data.get("decision").and_then(|decision| decision.get("answer")),
            _ => None,
        };
        let at = |path: &str| answer.and_then(|answer| answer.pointer(path)?.as_str());
        let source = at("/article/url").zip(at("/article/title"));
        Spoken {
            html: at("/html").map(str::to_owned),
            source: source
                .filter(|(url, _)| url.starts_with("/articles/"))
                .map(|(url, title)| (url.to_owned(), title.to_owned())),
            number: turn.number,
            speaker,
            text: turn.text,
            at: turn.at,
        }
    }
}

impl Web {
    /// The page that a receipt's token stands for, in this language.
    pub async fn customer_page(&self, token: &str, language: &str) -> Result<Option<CustomerPage>, Problem> {
        let Some(reference) = self.reference_of(token) else {
            return Ok(None);
        };
        let thread = match self.0.app.desk.thread(&reference).await {
            Err(DeskError::NoSuchTicket { .. }) => return Ok(None),
            found => found.map_err(desk_problem)?,
        };
        let ticket = thread.ticket;
        let Some(receipt) = self.receipt_of(&reference, Some(language)).await? else {
            return Ok(None);
        };
        let scene = self.0.app.store.scene(&Subject::Ticket(reference.clone())).await;
        let episode = scene.map_err(|error| desk_problem(error.into()))?.episode;
        let own = serde_json::Value::from(reference);
        let standing = Standing::of(&ticket);
        Ok(Some(CustomerPage {
            zone: customers_zone(&ticket.context).unwrap_or_else(|| self.time_zone()),
            is_taken: ticket.assignee.is_some(),
            may_confirm: match standing {
                Standing::Answered => true,
                Standing::Done => ticket.outcome.is_none() || ticket.outcome == Some(TicketOutcome::Assumed),
                _ => false,
            },
            rating: episode.and_then(|episode| episode.rating),
            standing,
            details: Details {
                email: ticket.contact.clone(),
                order_number: ticket.order_number.clone(),
                urgency: ticket.urgency.clone(),
                phone: ticket.phone.clone(),
                name: ticket.customer_name.clone(),
            },
            receipt,
            // The page's head is the receipt of this ticket.
            turns: thread
                .turns
                .into_iter()
                .filter(|turn| !(turn.kind == TurnKind::Receipt && turn.data.get("reference") == Some(&own)))
                .map(Spoken::from)
                .collect(),
        }))
    }

    /// The reference in a receipt's token, if the token is one of ours.
    pub fn reference_of(&self, token: &str) -> Option<String> {
        self.0.app.receipts.open(token).map(str::to_owned)
    }

    /// The customer writes on their ticket; the same text with the same `key` is the same message.
    pub async fn customer_says(&self, reference: &str, text: String, key: Option<String>) -> Result<(), Problem> {
        let conversation = self.open_conversation(reference).await?;
        // A browser that goes back shows an old form with its old key: other words under it are another message.
        let key = key.map(|key| hex::encode(hash(&format!("{key}\u{0}{text}"))));
        let heard = self.0.app.desk.hear(&conversation, &text, key).await;
        heard.map(drop).map_err(desk_problem)
    }

    /// The customer says whether it is solved.
    pub async fn customer_word(&self, reference: &str, word: Word) -> Result<(), Problem> {
        let conversation = self.open_conversation(reference).await?;
        self.word(&conversation, word).await.map(drop)
    }

    /// The customer rates how it went, 1 (bad) to 5 (good).
    pub async fn customer_rates(&self, reference: &str, rating: i64, note: Option<String>) -> Result<(), Problem> {
        let conversation = self.open_conversation(reference).await?;
        self.rate(&conversation, rating, note).await.map(drop)
    }

    /// The conversation of a ticket whose customer may still act.
    async fn open_conversation(&self, reference: &str) -> Result<String, Problem> {
        let closed = || Problem::new(Code::NotNow, "This conversation cannot be continued here.");
        let ticket = self.0.app.desk.thread(reference).await.map_err(desk_problem)?.ticket;
        if !Standing::of(&ticket).is_open() {
            return Err(closed());
        }
        ticket.conversation.ok_or_else(closed)
    }

    /// The customer leaves or corrects details.
    pub async fn customer_details(&self, reference: &str, details: Details) -> Result<(), Problem> {
        let subject = Subject::Ticket(reference.to_owned());
        let left = self.0.app.desk.details(subject, details).await;
        left.map(drop).map_err(desk_problem)
    }
}
