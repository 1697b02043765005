//! `/settings/rules/{kind}`: topic rules and the rules of routing, tried before they are published.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, http::HeaderMap, http::StatusCode, response::Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Refusal, back,
    form::{Field, Form},
    frames, mistaken, mistakes,
    mistakes::Mistake,
    show as send, unknown_act,
};
use crate::{
    answer::Question,
    app::{ChangeError, Difference, Draft, files_of},
    desk::{
        dry_run::{Explanation, Wanted},
        people::{Permission, Person},
        routing::{TeamFrom, Verdict},
    },
    http::{Code, Params, PathText, Problem, Staff, StaffForm, kind_of, state::Web},
    shorten::shortened,
    store::{Document, DocumentKind},
    web::{
        moments,
        page::{Link, category_title},
        staff::{Place, StaffFrame},
    },
};

/// Past questions that are decided again.
const COMPARED: usize = 500;
/// Differences that are shown.
const SHOWN: usize = 20;
/// Earlier versions that are listed.
const VERSIONS: usize = 12;

#[derive(Template)]
#[template(path = "settings_rules.html")]
struct Page {
    frame: StaffFrame,
    desk: super::Desk,
    kinds: Vec<Place>,
    is_topics: bool,
    files: Vec<Place>,
    action: String,
    seen: String,
    file: String,
    text: String,
    /// What the page says of the published text.
    standing: String,
    /// Whether the text differs from the one that is published.
    is_edited: bool,
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
    versions: Vec<Version>,
}

/// What the rules do with the question.
struct Tried {
    topic: String,
    people_first: String,
    team: String,
    priority: String,
    target: String,
    more: String,
    trace: Vec<(String, &'static str, String)>,
}

/// What would change.
struct Compared {
    looked_at: usize,
    changed: usize,
    rows: Vec<Change>,
}

struct Change {
    question: String,
    before: String,
    after: String,
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
    saved: Option<String>,
}

/// The texts that a page works on.
struct Texts {
    kind: DocumentKind,
    files: Vec<(String, String)>,
    current: Option<Document>,
}

impl Texts {
    async fn read(web: &Web, kind: DocumentKind) -> Result<Self, Problem> {
        let (text, current) = web.rules_document(kind).await?;
        let files = files_of(kind, &text).map_err(Problem::internal)?;
        Ok(Texts { kind, files, current })
    }

    fn hash(&self) -> Option<&str> {
        self.current.as_ref().map(|document| document.hash.as_str())
    }

    fn file(&self, name: &str) -> Option<&str> {
        let found = self.files.iter().find(|(own, _)| own == name);
        found.map(|(_, text)| text.as_str())
    }

    /// With one file edited.
    fn with(&self, name: &str, text: &str) -> Vec<(String, String)> {
        let edited = |(own, kept): &(String, String)| {
            let text = if own == name { text } else { kept };
            (own.clone(), text.to_owned())
        };
        self.files.iter().map(edited).collect()
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
    let texts = Texts::read(&web, kind).await?;
    let file = chosen(&texts, params.file.as_deref());
    let mut form = Form::default();
    let earlier = match &params.version {
        None => None,
        Some(hash) => web.document(kind, hash).await?,
    };
    let text = match &earlier {
        Some(document) => {
            let files = files_of(kind, &document.text).map_err(Problem::internal)?;
            files.into_iter().find(|(name, _)| *name == file).map(|(_, text)| text)
        }
        None => texts.file(&file).map(str::to_owned),
    };
    form.set("text", text.unwrap_or_default());
    form.set("file", &file);
    form.set("seen", texts.hash().unwrap_or("none"));
    let mut outcome = Outcome::default();
    if earlier.is_some() {
        outcome.done = Some("This is an earlier version. Publish it to make it count again.".to_owned());
    } else if params.saved.is_some() {
        outcome.done = Some("Published. These rules count now, on every server, from the next question on.".to_owned());
    }
    page(&web, &staff, &texts, form, outcome, &headers).await
}

fn chosen(texts: &Texts, wanted: Option<&str>) -> String {
    let found = wanted.filter(|name| texts.file(name).is_some());
    let first = texts.files.first().map(|(name, _)| name.as_str());
    found.or(first).unwrap_or_default().to_owned()
}

/// What a button brought about.
#[derive(Default)]
struct Outcome {
    done: Option<String>,
    refusal: Option<Refusal>,
    mistakes: Vec<Mistake>,
    doubts: Vec<Mistake>,
    checked: bool,
    tried: Option<Tried>,
    compared: Option<Compared>,
}

async fn page(
    web: &Web,
    staff: &Staff,
    texts: &Texts,
    form: Form,
    outcome: Outcome,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    // The menu has one entry for both kinds.
    let (frame, desk) = frames(web, staff, "/settings/rules/routing", Permission::ChangeSettings)?;
    let (desk, status) = desk.told(outcome.done.as_deref()).refused(&outcome.refusal);
    let people = web.people().list().await?;
    let kind = texts.kind;
    let path = format!("/settings/rules/{}", kind.as_str());
    let place = |href: String, text: &str, current: bool| Place {
        link: Link {
            href,
            text: text.to_owned(),
        },
        current,
    };
    let of_kind =
        |other: DocumentKind, text: &str| place(format!("/settings/rules/{}", other.as_str()), text, other == kind);
    let file = form.get("file").to_owned();
    let file_place = |(name, _): &(String, String)| {
        let title = category_title(name.trim_end_matches(".toml"));
        place(format!("{path}?file={name}"), &title, *name == file)
    };
    let listed = match kind {
        DocumentKind::Topics => texts.files.iter().map(file_place).collect(),
        _ => Vec::new(),
    };
    let text = form.raw("text").to_owned();
    let versions = web.documents(kind, VERSIONS).await?;
    let version = |document: Document| Version {
        path: format!("{path}?version={}&file={file}", document.hash),
        told: format!(
            "{} by {}",
            moment(web, document.kept_at),
            who(&people, &document.kept_by)
        ),
        is_current: texts.hash() == Some(document.hash.as_str()),
        hash: document.hash.chars().take(8).collect(),
    };
    let versions = versions.into_iter().map(version).collect();
    let mut page = Page {
        frame,
        desk,
        kinds: vec![
            of_kind(DocumentKind::Routing, "Routing"),
            of_kind(DocumentKind::Topics, "Sensitive topics"),
        ],
        is_topics: kind == DocumentKind::Topics,
        files: listed,
        action: format!("{path}#result"),
        seen: form.get("seen").to_owned(),
        standing: match &texts.current {
            Some(document) => format!(
                "Published on {} by {}.",
                moment(web, document.kept_at),
                who(&people, &document.kept_by)
            ),
            None => "The files of this server count; nothing was published yet.".to_owned(),
        },
        is_edited: texts.file(&file).is_some_and(|kept| kept.trim_end() != text.trim_end()),
        file,
        text,
        mistakes: outcome.mistakes,
        doubts: outcome.doubts,
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
            .hint(&format!("Time in {}. Empty: now.", web.config().desk.time_zone)),
        tried: outcome.tried,
        compared: outcome.compared,
        versions,
    };
    let tried = [&page.question, &page.context, &page.channel, &page.language, &page.at];
    page.desk.point_to(mistaken(tried));
    send(&page, status, headers)
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
    // Browsers send lines that end with CR LF.
    let text = form.raw("text").replace('\r', "");
    form.set("text", &text);
    let texts = Texts::read(&web, kind).await?;
    let file = chosen(&texts, Some(form.get("file")));
    let files = texts.with(&file, &text);
    let outcome = match form.get("act") {
        "publish" => match publish(&web, &staff, &texts, &mut form, &files).await? {
            Ok(()) => return Ok(back(&format!("/settings/rules/{}?saved=1&file={file}", kind.as_str()))),
            Err(outcome) => outcome,
        },
        act @ ("check" | "try" | "compare") => {
            let act = act.to_owned();
            match web.draft(kind, &files).await {
                Ok(draft) => look(&web, &texts, &mut form, &draft, &act).await?,
                Err(error) => refused(error, &text)?,
            }
        }
        _ => return Err(unknown_act()),
    };
    page(&web, &staff, &texts, form, outcome, &headers).await
}

async fn look(web: &Web, texts: &Texts, form: &mut Form, draft: &Draft, act: &str) -> Result<Outcome, Problem> {
    let text = form.raw("text").to_owned();
    let doubts = web.doubts(texts.kind, draft);
    let mut outcome = Outcome {
        doubts: doubts.iter().map(|doubt| mistakes::find(doubt, &text)).collect(),
        checked: true,
        ..Outcome::default()
    };
    match act {
        "try" => match wanted(web, form) {
            Ok(wanted) => outcome.tried = Some(tried(web, &web.dry_run(draft, &wanted))),
            Err((field, why)) => {
                form.wrong(field, &why);
                outcome.refusal = Some(Refusal::of_fields());
            }
        },
        "compare" => {
            let (found, looked_at) = web.differences(draft, COMPARED).await?;
            outcome.compared = Some(Compared {
                looked_at,
                changed: found.len(),
                rows: found.iter().take(SHOWN).map(change).collect(),
            });
        }
        _ => {}
    }
    Ok(outcome)
}

async fn publish(
    web: &Web,
    staff: &Staff,
    texts: &Texts,
    form: &mut Form,
    files: &[(String, String)],
) -> Result<Result<(), Outcome>, Problem> {
    let seen = form.given("seen").filter(|seen| seen != "none");
    // What others changed meanwhile must not be undone unseen, though it be in another file.
    if seen.as_deref() != texts.hash() {
        form.set("seen", texts.hash().unwrap_or("none"));
        let told = "Somebody else has published rules while you were here. Nothing was published; what you typed is still \
                    here. Compare, then publish again to put it in place of theirs.";
        return Ok(Err(Outcome {
            refusal: Some(Refusal::plain(StatusCode::CONFLICT, told)),
            ..Outcome::default()
        }));
    }
    match web.publish_rules(texts.kind, files, seen.as_deref(), &staff.id).await {
        Ok(_) => Ok(Ok(())),
        Err(error) => refused(error, form.raw("text")).map(Err),
    }
}

fn refused(error: ChangeError, text: &str) -> Result<Outcome, Problem> {
    match error {
        ChangeError::Rules(reasons) => Ok(Outcome {
            mistakes: reasons.iter().map(|reason| mistakes::find(reason, text)).collect(),
            refusal: Some(Refusal::plain(
                StatusCode::UNPROCESSABLE_ENTITY,
                "These rules cannot be used. Nothing was published; what you typed is still here.",
            )),
            ..Outcome::default()
        }),
        error => Err(error.into()),
    }
}

/// The question of the form, or the field that is wrong and why.
fn wanted(web: &Web, form: &Form) -> Result<Wanted, (&'static str, String)> {
    let config = web.config();
    let text = crate::http::question_text(form.raw("question"));
    let text = text.map_err(|problem: Problem| match problem.code {
        Code::QuestionEmpty => ("question", "Type what a customer would ask.".to_owned()),
        _ => ("question", problem.detail),
    })?;
    let at = match form.given("at") {
        None => web.now(),
        Some(at) => moments::from_field(&at, &web.time_zone(), &config.desk.time_zone).map_err(|why| ("at", why))?,
    };
    Ok(Wanted {
        question: Question {
            text,
            lang: None,
            context: context(form.raw("context")).map_err(|why| ("context", why))?,
        },
        language: form.given("language").unwrap_or_else(|| config.site.language.clone()),
        channel: form.given("channel").unwrap_or_else(|| "chat".to_owned()),
        signed: None,
        topic: None,
        reason: None,
        at,
    })
}

/// `plan = trial, seats = 5`, or a JSON object.
fn context(text: &str) -> Result<Map<String, Value>, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| format!("is no JSON object: {error}"));
    }
    let pair = |part: String| {
        let (key, value) = part
            .split_once('=')
            .ok_or_else(|| format!("{part} has no value: write key = value"))?;
        let value = value.trim().trim_matches('"');
        let value = serde_json::from_str::<Value>(value)
            .ok()
            .filter(|read| read.is_boolean() || read.is_number())
            .unwrap_or_else(|| value.into());
        Ok((key.trim().to_owned(), value))
    };
    super::form::list(text, &[',', '\n']).into_iter().map(pair).collect()
}

fn tried(web: &Web, explained: &Explanation) -> Tried {
    let result = &explained.result;
    let from = match result.team_from {
        TeamFrom::Rule => "named by a rule",
        TeamFrom::Topic => "its topic's team",
        TeamFrom::Escalation => "the escalation inbox: neither a rule nor a topic takes it",
    };
    let to_people = explained.topic.is_some() || explained.people_first.is_some();
    let by = explained
        .first_reply_by
        .as_deref()
        .and_then(|by| by.parse::<Timestamp>().ok())
        .map(|by| format!(", by {} if nothing waits before it", moment(web, by)))
        .unwrap_or_default();
    let trace = result.trace.iter().map(|rule| match &rule.verdict {
        Verdict::Yes => (rule.rule.clone(), "yes", "takes it".to_owned()),
        Verdict::No { because } => (rule.rule.clone(), "no", because.clone()),
        Verdict::NotAsked => (
            rule.rule.clone(),
            "skipped",
            "not asked: the last rule was found before it".to_owned(),
        ),
    });
    let mut more = Vec::new();
    if !result.tags.is_empty() {
        more.push(format!("tags {}", result.tags.join(", ")));
    }
    if result.complex {
        more.push("counts as complex".to_owned());
    }
    Tried {
        topic: match &explained.topic {
            Some(topic) => match &topic.pattern {
                Some(pattern) => format!("{}, by the pattern {}", topic.id, shortened(pattern, 80)),
                None => topic.id.clone(),
            },
            None => "none".to_owned(),
        },
        people_first: match (&explained.people_first, to_people) {
            (Some(first), _) => format!("People have it first, by the rule \u{201c}{}\u{201d}.", first.rule),
            (None, true) => "People have it: the topic never goes to the bot.".to_owned(),
            (None, false) => "The bot tries first. If it cannot answer, the ticket goes as below.".to_owned(),
        },
        team: format!("{} ({from})", result.team),
        priority: result.priority.to_string(),
        target: format!("first reply within {}{by}", length(explained.first_reply_minutes)),
        more: more.join("; "),
        trace: trace.collect(),
    }
}

/// "2 h 30 min".
fn length(minutes: u64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

fn change(difference: &Difference) -> Change {
    let way = |explained: &Explanation| {
        let result = &explained.result;
        let topic = explained.topic.as_ref().map(|topic| format!("topic {}, ", topic.id));
        let first = match (&explained.people_first, &topic) {
            (Some(_), _) => "people first, ",
            (None, None) => "the bot tries, ",
            (None, Some(_)) => "",
        };
        format!(
            "{}{first}team {}, {}",
            topic.unwrap_or_default(),
            result.team,
            result.priority
        )
    };
    Change {
        question: shortened(&difference.question.text, 160),
        before: way(&difference.before),
        after: way(&difference.after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_written_as_pairs_or_json() {
        let read = context("plan = trial, seats = 5, vip = true").expect("pairs");
        assert_eq!(
            Value::Object(read),
            serde_json::json!({"plan": "trial", "seats": 5, "vip": true})
        );
        assert_eq!(context("{\"plan\": \"trial\"}").expect("json").len(), 1);
        assert!(context("plan").is_err());
        assert_eq!(context("  ").expect("nothing").len(), 0);
    }
}
