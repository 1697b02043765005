//! `/ask`: a question for a person. One form, also shown by the search page.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    page::{Cache, Frame, Visit, send},
    words::fill,
};
use crate::{
    answer::Question,
    desk::known_zone,
    http::{
        Client, Code, FormBody, MAX_CONTACT_CHARS, MAX_QUESTION_CHARS, Operation, Params, Problem, check_same_origin,
        contact, given, question_text,
        state::{Channel, ForAPerson, Web},
    },
};

/// Longest page address that is kept with a ticket.
const MAX_FROM_CHARS: usize = 300;

/// What went wrong with the form, and at which field.
pub struct FormError {
    /// `question`, `email` or nothing for the whole form.
    pub field: &'static str,
    /// What to do.
    pub text: String,
}

/// The form with what has been filled in.
pub struct AskForm {
    /// What was asked.
    pub question: String,
    /// The address.
    pub email: String,
    /// Whether replies go out by mail, so that an address is worth asking for.
    pub mails: bool,
    /// The page from which the reader came.
    pub from: String,
    /// Makes a double click one ticket. Random, so that it cannot be another form's.
    pub key: String,
    /// What to correct.
    pub error: Option<FormError>,
    /// "We answer within 24 hours."
    pub promise: String,
    /// Longest question, in characters.
    pub max_question: usize,
    /// Longest address, in characters.
    pub max_email: usize,
}

impl AskForm {
    /// A form with a question already in it.
    pub fn new(web: &Web, visit: &Visit, question: &str, from: &str) -> Self {
        AskForm {
            question: question.chars().take(MAX_QUESTION_CHARS).collect(),
            email: String::new(),
            mails: web.config().mail.is_configured(),
            from: own_path(from).unwrap_or_default(),
            key: format!("{:032x}", rand::random::<u128>()),
            error: None,
            promise: if web.config().desk.hours.is_set() {
                visit.words.promise_working(web.first_reply_hours())
            } else {
                visit.words.promise(web.first_reply_hours())
            },
            max_question: MAX_QUESTION_CHARS,
            max_email: MAX_CONTACT_CHARS,
        }
    }

    /// Whether the error is about this field, for templates.
    pub fn wrong(&self, field: &str) -> bool {
        self.error.as_ref().is_some_and(|error| error.field == field)
    }
}

/// A path on this site, or nothing: what stands in an address can be made up. Browsers read `\` as `/`.
pub(super) fn own_path(from: &str) -> Option<String> {
    let is_path = from.starts_with('/') && !from.starts_with("//") && !from.contains('\\');
    let fits = is_path && from.chars().count() <= MAX_FROM_CHARS;
    (fits && !from.chars().any(char::is_control)).then(|| from.to_owned())
}

#[derive(Template)]
#[template(path = "ask.html")]
struct AskPage {
    frame: Frame,
    form: AskForm,
}

#[derive(Deserialize)]
pub struct AskParams {
    q: Option<String>,
    from: Option<String>,
}

/// The empty form.
pub async fn form(
    State(web): State<Web>,
    visit: Visit,
    Params(params): Params<AskParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let question = given(params.q).unwrap_or_default();
    let form = AskForm::new(&web, &visit, &question, &params.from.unwrap_or_default());
    show(&web, &visit, form, StatusCode::OK, &headers)
}

fn show(web: &Web, visit: &Visit, form: AskForm, status: StatusCode, headers: &HeaderMap) -> Result<Response, Problem> {
    let frame = Frame::new(web, visit, &visit.words.ask_title).noindex();
    send(&AskPage { frame, form }, status, Cache::Private, headers)
}

#[derive(Deserialize)]
pub struct Sent {
    #[serde(default)]
    question: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    key: String,
    /// The reader's own time zone, which the script fills in.
    #[serde(default)]
    zone: String,
    /// Hidden from people; programs that fill in everything fill it in, too.
    #[serde(default)]
    website: String,
}

/// Opens the ticket and returns the path of its receipt.
async fn open_ticket(web: &Web, visit: &Visit, client: Client, sent: &Sent) -> Result<String, Problem> {
    let text = question_text(&sent.question)?;
    let email = contact(Some(&sent.email))?;
    if email.as_deref().is_some_and(|email| !looks_like_email(email)) {
        return Err(Problem::new(Code::InvalidContact, "This is not an e-mail address."));
    }
    web.limits().check(Operation::OpenTicket, client)?;
    let mut context = serde_json::Map::new();
    if let Some(from) = own_path(&sent.from).filter(|from| !from.is_empty()) {
        context.insert("page_url".to_owned(), from.into());
    }
    if known_zone(&sent.zone).is_some() {
        context.insert("time_zone".to_owned(), sent.zone.as_str().into());
    }
    let lang = visit.lang_for(&text);
    let key = (16..=64).contains(&sent.key.len()).then(|| sent.key.clone());
    let wanted = ForAPerson {
        question: Question { text, lang, context },
        contact: email,
        idempotency_key: key,
        channel: Channel::Form,
    };
    Ok(web.hand_over(wanted).await?.path)
}

/// Takes the form: opens a ticket and shows its receipt, or shows the form again with what to correct.
pub async fn submit(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    headers: HeaderMap,
    FormBody(sent): FormBody<Sent>,
) -> Result<Response, Problem> {
    check_same_origin(&headers, web.site().public_url.as_deref())?;
    let problem = if sent.website.is_empty() {
        match open_ticket(&web, &visit, client, &sent).await {
            Ok(path) => {
                let frame = Frame::new(&web, &visit, "");
                return Ok(Redirect::to(&frame.link(&path)).into_response());
            }
            Err(problem) => problem,
        }
    } else {
        // A person whose browser filled it in must not lose the question, so the form comes back with the trap emptied.
        Problem::new(Code::InvalidBody, "the hidden field was filled in")
    };
    let words = visit.words;
    let error = match problem.code {
        Code::QuestionEmpty => FormError {
            field: "question",
            text: words.error_question_empty.clone(),
        },
        Code::QuestionTooLong => {
            let text = fill(&words.error_question_long, &[("n", &MAX_QUESTION_CHARS.to_string())]);
            FormError {
                field: "question",
                text,
            }
        }
        Code::InvalidContact => FormError {
            field: "email",
            text: words.error_email.clone(),
        },
        Code::RateLimited => {
            let time = words.duration(problem.retry_seconds().unwrap_or(60));
            FormError {
                field: "",
                text: fill(&words.error_too_many, &[("time", &time)]),
            }
        }
        _ => FormError {
            field: "",
            text: words.error_again.clone(),
        },
    };
    // The same key: if the first attempt did reach the store, sending again finds its ticket.
    let key = if sent.key.is_empty() { None } else { Some(sent.key) };
    let fresh = AskForm::new(&web, &visit, "", &sent.from);
    let form = AskForm {
        question: sent.question,
        email: sent.email,
        key: key.unwrap_or(fresh.key),
        error: Some(error),
        ..fresh
    };
    let mut response = show(&web, &visit, form, problem.code.status(), &headers)?;
    if let Some(seconds) = problem.retry_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// Something before and after one `@`, no spaces: enough to catch slips, the mail server knows the rest.
pub(super) fn looks_like_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    }) && !text.chars().any(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_kept() {
        assert_eq!(own_path("/articles/a?x=1").as_deref(), Some("/articles/a?x=1"));
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "",
            "/a\nb",
        ] {
            assert_eq!(own_path(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn slips_in_an_address_are_caught() {
        assert!(looks_like_email("ana.b+help@mail.example.com"));
        for wrong in [
            "ana",
            "@example.com",
            "ana@example",
            "ana@@example.com",
            "a na@example.com",
            "ana@.com",
            "ana@example.",
        ] {
            assert!(!looks_like_email(wrong), "{wrong}");
        }
    }
}
