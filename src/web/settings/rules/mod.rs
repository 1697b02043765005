//! `/settings/rules/{kind}`: topic rules and the rules of routing, as forms or as text, tried before they are published.
//!
//! Nothing counts before it is published. What an author has changed travels in the form ([`work`]), so every button sends
//! the whole draft and gets a page back; no page needs script.

mod acts;
mod known;
mod list;
mod looked;
mod rule_edit;
mod rule_form;
mod theirs;
mod topic_form;
mod work;

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, http::HeaderMap, http::StatusCode, response::Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Mistaken, Refusal, back,
    form::{Field, Form},
    frames, mistaken, mistakes,
    mistakes::Mistake,
    show as send, unknown_act,
};
use crate::{
    app::files_of,
    desk::{
        people::{Permission, Person},
        rule_form::{blocks::RulesText, routing_rule::RuleDraft, topic::TopicDraft},
    },
    http::{Params, PathText, Problem, Staff, StaffForm, kind_of, state::Web},
    store::{Document, DocumentKind},
    web::{
        moments,
        page::{Link, category_title, encode_param},
        staff::{Place, StaffFrame},
    },
};

use acts::{keep, look, publish};
use known::Known;
use looked::{Compared, Tried};
use work::Work;

/// Earlier versions that are listed.
const VERSIONS: usize = 12;

#[derive(Template)]
#[template(path = "settings_rules.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    kinds: Vec<Place>,
    is_topics: bool,
    /// "rule" or "topic".
    word: &'static str,
    path: String,
    /// What the form carries.
    hidden: Vec<(String, String)>,
    /// Whether the draft differs from what is published.
    is_edited: bool,
    shown: Shown,
    /// What the page says of the published text.
    standing: String,
    mistakes: Vec<Mistake>,
    doubts: Vec<Mistake>,
    checked: bool,
    question: Field,
    context: Field,
    channel: Field,
    language: Field,
    at: Field,
    tried: Option<Tried>,
    compared: Option<Compared>,
    theirs: Option<theirs::Theirs>,
    versions: Vec<Version>,
    /// The zone of the times on the page.
    zone: String,
}

/// What stands in the middle of the page.
enum Shown {
    List(list::List),
    Rule(Box<rule_edit::RuleEdit>),
    Topic(Box<topic_form::TopicEdit>),
    Text(TextEdit),
}

impl Shown {
    /// The fields to correct.
    fn mistaken(&self) -> Vec<Mistaken> {
        match self {
            Shown::Rule(edit) => edit.mistaken(),
            Shown::Topic(edit) => edit.mistaken(),
            Shown::List(_) | Shown::Text(_) => Vec::new(),
        }
    }
}

/// The text of one file.
struct TextEdit {
    file: String,
    text: String,
    /// Of topics: every file, with what it is called and whether it is this one.
    files: Vec<(String, String, bool)>,
}

struct Version {
    hash: String,
    path: String,
    told: String,
    is_current: bool,
}

#[derive(Deserialize)]
pub(super) struct ShowParams {
    file: Option<String>,
    version: Option<String>,
    view: Option<String>,
    saved: Option<String>,
}

/// How the rules are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    List,
    Rule,
    Text,
}

impl View {
    fn word(self) -> &'static str {
        match self {
            View::List => "list",
            View::Rule => "rule",
            View::Text => "text",
        }
    }

    /// What an address needs to show the same again.
    fn params(self, file: &str) -> String {
        match self {
            View::Text => format!("&view=text&file={}", encode_param(file)),
            View::List | View::Rule => String::new(),
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "text" => View::Text,
            "rule" => View::Rule,
            _ => View::List,
        }
    }
}

/// What a button brought about.
#[derive(Default)]
struct Outcome {
    done: Option<String>,
    refusal: Option<Refusal>,
    mistakes: Vec<String>,
    doubts: Vec<String>,
    checked: bool,
    tried: Option<Tried>,
    compared: Option<Compared>,
    theirs: Option<theirs::Theirs>,
}

impl Outcome {
    fn of(refusal: Refusal) -> Self {
        Outcome {
            refusal: Some(refusal),
            ..Outcome::default()
        }
    }

    fn refused(told: impl Into<String>) -> Self {
        Outcome::of(Refusal::plain(StatusCode::UNPROCESSABLE_ENTITY, told))
    }
}

pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    PathText(kind): PathText,
    Params(params): Params<ShowParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let kind = kind_of(&kind)?;
    let (mut work, _) = Work::current(&web, kind).await?;
    let mut outcome = Outcome::default();
    if let Some(hash) = &params.version
        && let Some(document) = web.document(kind, hash).await?
    {
        work.files = files_of(kind, &document.text).map_err(Problem::internal)?;
        outcome.done = Some("This is an earlier version. Publish it to make it count again.".to_owned());
    } else if let Some(saved) = &params.saved {
        let more = match saved.as_str() {
            "both" => " What somebody else has published meanwhile, for other topics, counts as well.",
            _ => "",
        };
        let told = "Published. These rules count now, on every server, from the next question on.";
        outcome.done = Some(format!("{told}{more}"));
    }
    let mut form = Form::default();
    // An address with a file was one of its text before there were forms.
    let view = match (&params.view, &params.file) {
        (Some(view), _) => View::of(view),
        (None, Some(_)) => View::Text,
        (None, None) => View::List,
    };
    form.set("file", params.file.unwrap_or_default());
    page(
        &web,
        &staff,
        &work,
        form,
        if view == View::Rule { View::List } else { view },
        outcome,
        &headers,
    )
    .await
}

async fn page(
    web: &Web,
    staff: &Staff,
    work: &Work,
    form: Form,
    mut view: View,
    mut outcome: Outcome,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let kind = work.kind;
    let known = Known::read(web, work).await?;
    let path = format!("/settings/rules/{}", kind.as_str());
    let mut listed = None;
    if view == View::List {
        match list::list(work, &known.names) {
            Ok(list) => listed = Some(list),
            Err(why) => {
                // What is no list of rules can still be read as text.
                outcome.mistakes.push(why);
                view = View::Text;
            }
        }
    }
    let mut hidden = work.hidden();
    hidden.push(("view".to_owned(), view.word().to_owned()));
    let shown = match (listed, view) {
        (Some(list), _) => Shown::List(list),
        (None, View::Rule) => {
            for name in ["rule", "kind"] {
                hidden.push((name.to_owned(), form.get(name).to_owned()));
            }
            edit(work, &form, &known)
        }
        (None, _) => {
            let text = text_edit(work, form.get("file"));
            hidden.push(("file".to_owned(), text.file.clone()));
            Shown::Text(text)
        }
    };
    let text = match &shown {
        Shown::Text(shown) => shown.text.clone(),
        _ => String::new(),
    };
    let is_text = view == View::Text;
    let found = |message: &String| {
        let found = mistakes::find(message, &text);
        // Only a text has lines to go to.
        Mistake {
            line: found.line.filter(|_| is_text),
            ..found
        }
    };
    let lines = |messages: &[String]| messages.iter().map(found).collect();
    // The menu has one entry for both kinds.
    let (frame, desk) = frames(web, staff, "/settings/rules/routing", Permission::ChangeSettings)?;
    let (desk, status) = desk.told(outcome.done.as_deref()).refused(&outcome.refusal);
    let of_kind = |other: DocumentKind, text: &str| Place {
        link: Link {
            href: format!("/settings/rules/{}", other.as_str()),
            text: text.to_owned(),
        },
        current: other == kind,
    };
    let zone = web.config().desk.time_zone.clone();
    let current = web.rules_document(kind).await?.1;
    let view_param = view.params(form.get("file"));
    let version = |document: Document| Version {
        path: format!("{path}?version={}{view_param}", document.hash),
        told: format!(
            "{} by {}",
            moment(web, document.kept_at),
            who(&known.people, &document.kept_by)
        ),
        is_current: current.as_ref().is_some_and(|current| current.hash == document.hash),
        hash: document.hash.chars().take(8).collect(),
    };
    let versions = web.documents(kind, VERSIONS).await?.into_iter().map(version).collect();
    let mut page = Page {
        frame,
        desk,
        kinds: vec![
            of_kind(DocumentKind::Routing, "Routing"),
            of_kind(DocumentKind::Topics, "Sensitive topics"),
        ],
        is_topics: kind == DocumentKind::Topics,
        word: if kind == DocumentKind::Topics { "topic" } else { "rule" },
        hidden,
        is_edited: !work.changed().is_empty(),
        standing: match &current {
            Some(document) => format!(
                "Published on {} by {}.",
                moment(web, document.kept_at),
                who(&known.people, &document.kept_by)
            ),
            None => "The files of this server count; nothing was published yet.".to_owned(),
        },
        mistakes: lines(&outcome.mistakes),
        doubts: lines(&outcome.doubts),
        shown,
        checked: outcome.checked,
        question: Field::text("question", "Question", &form).placeholder("I was charged twice"),
        context: Field::text("context", "What the page says about the customer", &form)
            .hint("key = value, separated by commas: plan = trial, page_url = /billing")
            .placeholder("plan = trial"),
        channel: Field::text("channel", "Comes in by", &form).options([
            ("chat", "Chat"),
            ("form", "Form"),
            ("page", "Search page"),
            ("api", "API"),
        ]),
        language: Field::text("language", "Language", &form).placeholder(&web.config().site.language),
        at: Field::text("at", "When", &form)
            .kind("moment")
            .hint(&format!("Time in {zone}. Empty: now.")),
        tried: outcome.tried,
        compared: outcome.compared,
        theirs: outcome.theirs,
        versions,
        zone,
        path,
    };
    let tried = [&page.question, &page.context, &page.channel, &page.language, &page.at];
    let wrong: Vec<Mistaken> = page.shown.mistaken().into_iter().chain(mistaken(tried)).collect();
    page.desk.point_to(wrong);
    send(&page, status, headers)
}

/// The form of a rule or a topic.
fn edit(work: &Work, form: &Form, known: &Known) -> Shown {
    let (places, _) = list::places(work);
    if work.kind == DocumentKind::Topics {
        let (file, before) = topic_of(work, form).unwrap_or_default();
        let edit = topic_form::edit(
            form,
            &file,
            &before,
            &known.languages,
            &known.names,
            &places,
            &known.teams,
        );
        return Shown::Topic(Box::new(edit));
    }
    let choices = rule_edit::Choices {
        names: known.names.clone(),
        teams: known.teams.clone(),
    };
    Shown::Rule(Box::new(rule_edit::edit(form, &choices, &places)))
}

fn text_edit(work: &Work, wanted: &str) -> TextEdit {
    let first = work.files.first().map(|(name, _)| name.as_str()).unwrap_or_default();
    let file = work.file(wanted).map_or(first, |_| wanted).to_owned();
    let place = |(name, _): &(String, String)| {
        let title = category_title(name.trim_end_matches(".toml"));
        (name.clone(), title, *name == file)
    };
    TextEdit {
        text: work.file(&file).unwrap_or_default().to_owned(),
        files: work.files.iter().map(place).collect(),
        file,
    }
}

/// The topic that the form is about, with its file; nothing if it is new.
fn topic_of(work: &Work, form: &Form) -> Option<(String, TopicDraft)> {
    let number: usize = form.get("rule").parse().ok()?;
    let (file, topic, _) = list::topics(&work.files).ok()?.into_iter().nth(number)?;
    Some((file, topic))
}

fn moment(web: &Web, at: Timestamp) -> String {
    moments::told(at, &web.time_zone())
}

/// The name behind what the log keeps.
fn who(people: &[Person], id: &str) -> String {
    if id == "serve" {
        return "the server, from its files".to_owned();
    }
    let person = people.iter().find(|person| person.id == id);
    person.map_or_else(|| id.to_owned(), |person| person.name.clone())
}

pub(super) async fn act(
    State(web): State<Web>,
    PathText(kind): PathText,
    headers: HeaderMap,
    StaffForm(staff, sent): StaffForm<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    staff.may(Permission::ChangeSettings)?;
    let kind = kind_of(&kind)?;
    let mut form = Form::sent(sent);
    let mut work = Work::of_form(&web, kind, &form).await?;
    let act = form.get("act").to_owned();
    let (verb, target) = act.split_once('.').unwrap_or((&act, ""));
    let number: Option<usize> = target.parse().ok();
    let mut view = View::of(form.get("view"));
    let mut outcome = Outcome::default();
    match (verb, number) {
        ("list" | "cancel", _) => view = View::List,
        ("text", _) => view = View::Text,
        ("file", _) => {
            // Leaving an open form for the text takes along what was typed there.
            let kept = match view {
                View::Rule => keep(&web, &mut work, &mut form).await?.map(drop),
                View::List | View::Text => Ok(()),
            };
            match kept {
                Ok(()) => view = View::Text,
                Err(refusal) => outcome = Outcome::of(refusal),
            }
            form.set("file", target);
        }
        ("up" | "down" | "delete", Some(number)) => {
            let changed = match (verb, number) {
                ("up", 1..) => list::swap(&mut work, number, number - 1),
                ("down", _) => list::swap(&mut work, number, number + 1),
                ("delete", _) => list::delete(&mut work, number),
                _ => Ok(()),
            };
            if let Err(why) = changed {
                outcome = Outcome::refused(why);
            }
        }
        ("edit", Some(_)) | ("add", _) => match open(&work, &mut form, number) {
            Ok(()) => view = View::Rule,
            Err(why) => outcome = Outcome::refused(why),
        },
        ("row", _) => rule_form::add_row(&mut form),
        ("norow", Some(number)) => form.clear(&format!("row.{number}")),
        ("keep", _) => match keep(&web, &mut work, &mut form).await? {
            Ok(_) => {
                view = View::List;
                outcome.done = Some("Kept in the list below. It counts once you publish.".to_owned());
            }
            Err(refusal) => outcome = Outcome::of(refusal),
        },
        ("publish", _) => match publish(&web, &staff, work).await? {
            Ok(saved) => {
                let params = view.params(form.get("file"));
                return Ok(back(&format!(
                    "/settings/rules/{}?saved={saved}{params}",
                    kind.as_str()
                )));
            }
            Err((kept, why)) => {
                work = kept;
                outcome = *why;
            }
        },
        ("check" | "try" | "compare", _) => outcome = look(&web, &work, &mut form, view, verb).await?,
        _ => return Err(unknown_act()),
    }
    page(&web, &staff, &work, form, view, outcome, &headers).await
}

/// Opens the form of a rule: of the one with this number, or of a new one.
fn open(work: &Work, form: &mut Form, number: Option<usize>) -> Result<(), String> {
    form.set(
        "rule",
        number.map_or_else(|| "new".to_owned(), |number| number.to_string()),
    );
    let (_, place) = list::places(work);
    form.set("place", place);
    if work.kind == DocumentKind::Topics {
        let topic = match number {
            None => TopicDraft::default(),
            Some(_) => topic_of(work, form).ok_or("There is no such topic.")?.1,
        };
        topic_form::fill(form, &topic);
        return Ok(());
    }
    let rule = match number {
        None => RuleDraft::default(),
        Some(number) => {
            let text = RulesText::parse(work.routing())?;
            RuleDraft::read(text.rules().nth(number).ok_or("There is no such rule.")?)?
        }
    };
    rule_form::fill(form, &rule);
    let is_text = form.given("when").is_some();
    form.set("kind", if is_text { "text" } else { "rows" });
    Ok(())
}
