//! `tanya demo`: people and tickets of the demo help center, for `make run`. Hidden: a real desk begins empty.

use std::{net::TcpListener, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    clock::FixedClock,
    config::Config,
    desk::{
        NewChat, Staffer, Written,
        people::{NewPerson, Person, Role},
        queue::{Act, Actor, Details},
    },
    store::Subject,
};

use super::{Bars, Context, Exit, user};

/// What `tanya help demo` says first.
pub(super) const LONG_ABOUT: &str = "\
    Puts an agent, a manager, a writer, an administrator and ten tickets into an empty desk, and prints a link for each \
    person that lets them in once. A desk that has people already gets nothing new but links for those of the demo. Nothing happens where \
    something listens on the configured address: new links would make those of the server that runs there invalid.";

/// Flags of `demo`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya demo           what make run calls
  tanya demo --json    the links for programs")]
pub struct DemoArgs {}

/// How long ago the first ticket was opened, and the time between two.
const BEGAN: SignedDuration = SignedDuration::from_hours(5);
const BETWEEN: SignedDuration = SignedDuration::from_mins(27);

/// E-mail address, name and role of each.
const PEOPLE: [(&str, &str, Role); 4] = [
    ("dewi@kawan-kopi.example", "Dewi", Role::Agent),
    ("kenji@kawan-kopi.example", "Kenji", Role::Manager),
    ("maya@kawan-kopi.example", "Maya", Role::Writer),
    ("rini@kawan-kopi.example", "Rini", Role::Administrator),
];

/// What happened to a ticket of the demo after it was opened.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Waits,
    Claimed,
    Replied(&'static str),
    Noted(&'static str),
    Escalated(&'static str),
    Resolved(&'static str),
}

/// Language, what the page says about the customer, e-mail address, what they say, and what happened then.
struct Story {
    lang: &'static str,
    context: &'static [(&'static str, &'static str)],
    email: Option<&'static str>,
    says: &'static [&'static str],
    then: Then,
}

const STORIES: [Story; 10] = [
    Story {
        lang: "en",
        context: &[("plan", "team"), ("page_url", "/billing")],
        email: Some("rosa@example.com"),
        says: &[
            "Hi!",
            "I was charged twice for my October box, order KK-20417. Please give me one of them back.",
        ],
        then: Then::Waits,
    },
    Story {
        lang: "id",
        context: &[("plan", "basic")],
        email: Some("budi@example.com"),
        says: &["saya mau berhenti langganan, gimana caranya? tagihan berikutnya kapan?"],
        then: Then::Waits,
    },
    Story {
        lang: "ja",
        context: &[("plan", "basic"), ("page_url", "/devices")],
        email: None,
        says: &["担当者と話したいです。コーヒーメーカーから水が漏れています。"],
        then: Then::Noted("Third leak of the KB-2 this month: tell the workshop."),
    },
    Story {
        lang: "en",
        context: &[("plan", "trial"), ("company_type", "office")],
        email: Some("facilities@example.com"),
        says: &["We are forty people. Which plan fits, and can we pay by invoice?"],
        then: Then::Claimed,
    },
    Story {
        lang: "en",
        context: &[],
        email: Some("noor@example.com"),
        says: &["Someone logged into my account and changed the delivery address. I am worried."],
        then: Then::Escalated("An address was changed by somebody else; two parcels are on their way there."),
    },
    Story {
        lang: "en",
        context: &[("page_url", "/brewing")],
        email: None,
        says: &[
            "does the grinder of my grandmother from 1962 work with your espresso roast?",
            "talk to a person please",
        ],
        then: Then::Waits,
    },
    Story {
        lang: "en",
        context: &[("plan", "team")],
        email: Some("lena@example.com"),
        says: &["This is the third box in a row that arrives crushed. I am really disappointed."],
        then: Then::Replied(
            "I am sorry, Lena. A new box leaves today, in a stronger carton, and this month is on us. May I have a photo of the last one?",
        ),
    },
    Story {
        lang: "id",
        context: &[("plan", "team")],
        email: Some("sari@example.com"),
        says: &["mau upgrade ke paket kantor, ada diskon kalau bayar tahunan?"],
        then: Then::Waits,
    },
    Story {
        lang: "en",
        context: &[],
        email: Some("omar@example.com"),
        says: &["Under the GDPR I want a copy of all data that you hold about me."],
        then: Then::Waits,
    },
    Story {
        lang: "en",
        context: &[("plan", "basic")],
        email: Some("ines@example.com"),
        says: &["I want a refund for the beans of last week, they taste burnt."],
        then: Then::Resolved("Refunded, and a bag of the lighter roast sent."),
    },
];

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, _: &DemoArgs) -> anyhow::Result<Exit> {
    let address = ctx.config.server.listen;
    // Bound and let go: the server that comes next takes it.
    TcpListener::bind(address).with_context(|| {
        format!("listening on {address}; is another server running? make run LISTEN=127.0.0.1:8081 takes another port")
    })?;
    let store = ctx.store().await?;
    let people = ctx.people(&store);
    let known = people.list().await?;
    let mut links = Vec::new();
    if known.is_empty() {
        for (email, name, role) in PEOPLE {
            let new = NewPerson {
                email: email.into(),
                name: name.into(),
                role,
                teams: Vec::new(),
                skills: Vec::new(),
                level: None,
                capacity: None,
            };
            let (person, link) = people.add(new, None, "demo").await?;
            links.extend(link.map(|link| (person, link)));
        }
        if store.tickets(&Default::default(), None, 1).await?.tickets.is_empty() {
            tell_stories(ctx, &store, &links[0].0)
                .await
                .context("opening the demo's tickets")?;
        }
    } else {
        for (email, ..) in PEOPLE {
            let person = known.iter().find(|person| person.email == email && !person.disabled);
            if let Some(person) = person {
                links.push((person.clone(), people.make_link(&person.id, "demo").await?));
            }
        }
    }
    store.close().await;
    let shown: Vec<Value> = links
        .iter()
        .map(|(person, link)| json!({"name": person.name, "role": person.role, "url": user::url(ctx, link)}))
        .collect();
    if ctx.json {
        ctx.print_json(&shown)?;
        return Ok(Exit::Done);
    }
    for (person, link) in &links {
        let who = format!("{} ({})", person.name, person.role.as_str());
        ctx.print(&format!("  {who:<18} {}\n", user::url(ctx, link)))?;
    }
    Ok(Exit::Done)
}

/// Opens the tickets through the same door as customers, at times of this morning.
async fn tell_stories(ctx: &Context, store: &crate::store::Store, agent: &Person) -> anyhow::Result<()> {
    let clock = FixedClock::new(ctx.clock.now().saturating_sub(BEGAN)?);
    let mut config: Config = ctx.config.clone();
    // Nobody types on.
    config.desk.burst_ms = 0;
    let answerer = ctx.answerer(None, &mut Bars::new())?;
    let app = App::new(config, answerer, store.clone(), Arc::new(clock.clone()));
    let dewi = Staffer {
        actor: Actor {
            id: agent.id.clone(),
            name: agent.name.clone(),
            manages: false,
        },
        picture: None,
        capacity: None,
    };
    for story in STORIES {
        tell(&app, &story, &dewi, &clock).await?;
        clock.advance(BETWEEN);
    }
    Ok(())
}

async fn tell(app: &App, story: &Story, dewi: &Staffer, clock: &FixedClock) -> anyhow::Result<()> {
    let context: Map<String, Value> = story
        .context
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).into()))
        .collect();
    let (begun, _) = app
        .desk
        .begin_chat(NewChat {
            lang: story.lang.into(),
            channel: "chat".into(),
            context,
            signed: None,
        })
        .await?;
    let id = begun.conversation.context("a conversation")?.id;
    for text in story.says {
        clock.advance(SignedDuration::from_secs(20));
        app.say(&id, text, None).await?;
    }
    // Whatever the bot thought of it: the demo shows a desk with ten tickets.
    let stands = app.want_person(&id).await?;
    let reference = stands.ticket.context("a ticket")?.reference;
    let details = Details {
        email: story.email.map(str::to_owned),
        ..Details::default()
    };
    app.desk.details(Subject::Conversation(id), details).await?;
    clock.advance(SignedDuration::from_mins(4));
    let written = |text: &str| Written {
        text: text.to_owned(),
        key: None,
        seen: None,
    };
    match story.then {
        Then::Waits => {}
        Then::Claimed => drop(app.desk.claim(&reference, dewi, None).await?),
        Then::Replied(text) => drop(app.desk.send_reply(&reference, dewi, written(text)).await?),
        Then::Noted(text) => drop(app.desk.note(&reference, dewi, written(text)).await?),
        Then::Escalated(reason) => {
            let act = Act::Escalate { reason: reason.into() };
            app.desk.act(&reference, act, &dewi.actor, None).await?;
        }
        Then::Resolved(note) => {
            let sorry = "I am sorry about the beans. The money is on its way back, and a lighter roast is in the mail.";
            app.desk.send_reply(&reference, dewi, written(sorry)).await?;
            app.desk.resolve(&reference, &dewi.actor, Some(note), None).await?;
        }
    }
    Ok(())
}
