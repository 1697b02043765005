//! `/receipts/{token}`: the conversation about a ticket, for its customer: what was said, by when a person answers, and
//! forms to write again and to leave or correct details. The address is the secret, and the only one.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::{
    ask::looks_like_email,
    page::{Cache, Frame, Link, Visit, send},
    words::{Words, fill},
};
use crate::{
    desk::{Closed, local_iso, queue::Details},
    http::{
        Client, Code, FormBody, MAX_CONTACT_CHARS, MAX_QUESTION_CHARS, MAX_REASON_CHARS, Operation, Params, PathText,
        Problem, check_same_origin, contact, given, question_text,
        state::{CustomerPage, Speaker, Spoken, Standing, Web},
    },
};

/// Longest order number that the form takes, in characters.
const MAX_ORDER_CHARS: usize = 64;

/// A moment: for machines with the offset of its zone, and in words for readers without script, or in that zone.
struct Moment {
    iso: String,
    words: String,
}

impl Moment {
    fn new(at: Timestamp, zone: &TimeZone, words: &Words) -> Self {
        Moment {
            iso: local_iso(at, zone),
            words: words.show_time(at, zone),
        }
    }
}

/// A sentence with a moment in it.
struct Told {
    before: String,
    at: Moment,
    after: String,
}

impl From<Closed> for Told {
    fn from(closed: Closed) -> Self {
        let sides = closed.sentence.split_once(&closed.opens_words);
        let (before, after) = sides.unwrap_or((&closed.sentence, ""));
        Told {
            before: before.to_owned(),
            after: after.to_owned(),
            at: Moment {
                iso: closed.opens_local,
                words: closed.opens_words,
            },
        }
    }
}

/// A turn as the template needs it.
struct Turn {
    number: i64,
    /// `customer`, `bot`, `person` or `desk`.
    class: &'static str,
    who: String,
    /// First letter of a person's name.
    initial: String,
    picture: Option<String>,
    text: String,
    /// A passage of an article, sanitised.
    html: Option<String>,
    /// The article that it is from.
    source: Option<Link>,
    at: Moment,
}

impl Turn {
    fn new(spoken: Spoken, zone: &TimeZone, words: &Words) -> Self {
        let (class, who, picture) = match spoken.speaker {
            Speaker::Customer => ("customer", words.talk_you.clone(), None),
            Speaker::Bot => ("bot", words.talk_machine.clone(), None),
            Speaker::Person { name, picture } => ("person", name.unwrap_or_else(|| words.talk_person.clone()), picture),
            Speaker::Team => ("person", words.talk_team.clone(), None),
            Speaker::Desk => ("desk", String::new(), None),
        };
        Turn {
            number: spoken.number,
            class,
            initial: who
                .chars()
                .next()
                .map(|c| c.to_uppercase().collect())
                .unwrap_or_default(),
            who,
            picture,
            text: spoken.text,
            html: spoken.html,
            source: spoken.source.map(|(href, text)| Link { href, text }),
            at: Moment::new(spoken.at, zone, words),
        }
    }
}

/// One choice of a list.
struct Choice {
    value: &'static str,
    text: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    title: String,
    lead: Option<String>,
    /// That nobody is there now, and when somebody is.
    closed: Option<Told>,
    done: bool,
    reference: String,
    team: String,
    promise: Option<Moment>,
    done_at: Option<Moment>,
    mail: Option<String>,
    turns: Vec<Turn>,
    say_path: String,
    details_path: String,
    word_path: String,
    rating_path: String,
    /// Whether to ask if it is solved.
    asks_whether_solved: bool,
    /// Whether to ask how it went.
    asks_for_rating: bool,
    ratings: Vec<Choice>,
    is_rated: bool,
    max_note: usize,
    /// What could not be kept of a word or a rating.
    word_error: Option<String>,
    /// Changes when something was said or done: the script shows the page anew.
    mark: String,
    is_open: bool,
    /// What has been typed, if it could not be sent.
    message: String,
    message_error: Option<String>,
    key: String,
    max_message: usize,
    email: String,
    order: String,
    urgencies: Vec<Choice>,
    details_error: Option<String>,
    email_is_wrong: bool,
    saved: bool,
    max_email: usize,
    max_order: usize,
}

/// What did not work, with what was typed.
pub(super) enum Failed {
    Message {
        text: String,
        key: String,
        error: String,
    },
    Details {
        sent: SentDetails,
        error: String,
        email_is_wrong: bool,
    },
    /// That it is solved or not, or how it went.
    Word,
}

#[derive(Deserialize)]
pub struct ReceiptParams {
    saved: Option<String>,
}

/// The page; whoever has its address may see it.
pub async fn receipt(
    State(web): State<Web>,
    visit: Visit,
    PathText(token): PathText,
    Params(params): Params<ReceiptParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut page = page(&web, &visit, &token).await?;
    page.saved = params.saved.is_some();
    respond(&page, StatusCode::OK, &headers)
}

async fn page(web: &Web, visit: &Visit, token: &str) -> Result<ReceiptPage, Problem> {
    let page = web.customer_page(token, &visit.words.code).await?;
    let page = page.ok_or_else(|| Problem::new(Code::NotFound, "There is no receipt at this address."))?;
    Ok(filled(web, visit, page))
}

fn filled(web: &Web, visit: &Visit, page: CustomerPage) -> ReceiptPage {
    let words = visit.words;
    let CustomerPage {
        receipt,
        standing,
        is_taken,
        may_confirm,
        zone,
        rating,
        turns,
        details,
    } = page;
    let turns: Vec<Turn> = turns.into_iter().map(|turn| Turn::new(turn, &zone, words)).collect();
    let title = title(&standing, is_taken, &turns, words);
    let promise = receipt
        .promise_at
        .filter(|_| standing == Standing::New)
        .map(|_| Moment {
            iso: receipt.promise_local.clone(),
            words: receipt.promise.clone(),
        });
    let goes_out = web.config().mail.is_configured();
    let mail = matches!(standing, Standing::New | Standing::Waiting).then(|| match &details.email {
        Some(email) if goes_out => fill(&words.talk_mail, &[("contact", email)]),
        None if goes_out => words.talk_no_mail.clone(),
        _ => words.talk_here.clone(),
    });
    let frame = Frame::new(web, visit, &title).noindex();
    ReceiptPage {
        say_path: frame.link(&receipt.path),
        details_path: frame.link(&format!("{}/details", receipt.path)),
        word_path: frame.link(&format!("{}/word", receipt.path)),
        rating_path: frame.link(&format!("{}/rating", receipt.path)),
        asks_whether_solved: may_confirm,
        // After the reply: before it there is nothing to rate.
        asks_for_rating: matches!(standing, Standing::Answered | Standing::Done)
            && turns.iter().any(|turn| turn.class == "person"),
        ratings: ratings(rating, words),
        is_rated: rating.is_some(),
        max_note: MAX_REASON_CHARS,
        word_error: None,
        mark: format!("{standing:?} {is_taken} {}", turns.last().map_or(0, |turn| turn.number)),
        frame,
        lead: match standing {
            Standing::New => Some(receipt.why),
            _ => lead(&standing, words),
        },
        closed: receipt
            .closed
            .filter(|_| matches!(standing, Standing::New | Standing::Waiting))
            .map(Told::from),
        done: matches!(standing, Standing::Done | Standing::Answered),
        team: words.team(&receipt.team).to_owned(),
        promise,
        done_at: receipt
            .resolved_at
            .filter(|_| matches!(standing, Standing::Done | Standing::Ended))
            .map(|at| Moment::new(at, &zone, words)),
        mail,
        turns,
        title,
        reference: receipt.reference,
        is_open: standing.is_open(),
        message: String::new(),
        message_error: None,
        key: format!("{:032x}", rand::random::<u128>()),
        max_message: MAX_QUESTION_CHARS,
        email: details.email.unwrap_or_default(),
        order: details.order_number.unwrap_or_default(),
        urgencies: urgencies(details.urgency.as_deref(), words),
        details_error: None,
        email_is_wrong: false,
        saved: false,
        max_email: MAX_CONTACT_CHARS,
        max_order: MAX_ORDER_CHARS,
    }
}

fn title(standing: &Standing, is_taken: bool, turns: &[Turn], words: &Words) -> String {
    match standing {
        // Nobody has it before somebody has taken it.
        Standing::New if is_taken => words.receipt_taken_title.clone(),
        Standing::New => words.receipt_title.clone(),
        Standing::Waiting => words.talk_waiting_title.clone(),
        Standing::Answered => match turns.iter().rev().find(|turn| turn.class == "person") {
            Some(turn) if turn.who != words.talk_person => {
                fill(&words.talk_answered_title_name, &[("name", &turn.who)])
            }
            _ => words.talk_answered_title.clone(),
        },
        Standing::Done => words.receipt_done_title.clone(),
        Standing::Ended => words.talk_ended_title.clone(),
        Standing::Merged(_) => words.talk_merged_title.clone(),
    }
}

fn lead(standing: &Standing, words: &Words) -> Option<String> {
    match standing {
        Standing::New | Standing::Waiting => None,
        Standing::Answered => Some(words.talk_answered_lead.clone()),
        Standing::Done => Some(words.talk_done_lead.clone()),
        Standing::Ended => Some(words.talk_ended_lead.clone()),
        Standing::Merged(into) => Some(fill(&words.talk_merged_lead, &[("reference", into)])),
    }
}

fn ratings(chosen: Option<i64>, words: &Words) -> Vec<Choice> {
    let all = [
        ("5", &words.rate_5),
        ("4", &words.rate_4),
        ("3", &words.rate_3),
        ("2", &words.rate_2),
        ("1", &words.rate_1),
    ];
    let choice = |(value, text): (&'static str, &String)| Choice {
        value,
        text: text.clone(),
        chosen: chosen.is_some_and(|chosen| value == chosen.to_string()),
    };
    all.into_iter().map(choice).collect()
}

fn urgencies(chosen: Option<&str>, words: &Words) -> Vec<Choice> {
    let all = [
        ("", &words.talk_urgency_unknown),
        ("low", &words.talk_urgency_low),
        ("normal", &words.talk_urgency_normal),
        ("high", &words.talk_urgency_high),
    ];
    let choice = |(value, text): (&'static str, &String)| Choice {
        value,
        text: text.clone(),
        chosen: value == chosen.unwrap_or_default(),
    };
    all.into_iter().map(choice).collect()
}

fn respond(page: &ReceiptPage, status: StatusCode, headers: &HeaderMap) -> Result<Response, Problem> {
    let mut response = send(page, status, Cache::Never, headers)?;
    // The address is the secret.
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

#[derive(Deserialize)]
pub struct SentMessage {
    #[serde(default)]
    message: String,
    #[serde(default)]
    key: String,
    /// Hidden from people; programs that fill in everything fill it in, too.
    #[serde(default)]
    website: String,
}

/// Takes a message: shows the conversation with it, or the form again with what to correct.
pub async fn say(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    PathText(token): PathText,
    headers: HeaderMap,
    FormBody(sent): FormBody<SentMessage>,
) -> Result<Response, Problem> {
    let reference = allowed(&web, &headers, &token)?;
    let problem = match take_message(&web, client, &reference, &sent).await {
        Ok(()) => return Ok(back(&web, &visit, &token, "", "#latest")),
        Err(problem) => problem,
    };
    let words = visit.words;
    let error = match problem.code {
        Code::QuestionEmpty => words.error_message_empty.clone(),
        Code::QuestionTooLong => fill(&words.error_question_long, &[("n", &MAX_QUESTION_CHARS.to_string())]),
        Code::RateLimited => too_many(&problem, words),
        Code::NotNow => words.error_message_closed.clone(),
        _ => words.error_message_again.clone(),
    };
    let failed = Failed::Message {
        text: sent.message,
        key: sent.key,
        error,
    };
    show_again(&web, &visit, &token, failed, &problem, &headers).await
}

async fn take_message(web: &Web, client: Client, reference: &str, sent: &SentMessage) -> Result<(), Problem> {
    if !sent.website.is_empty() {
        return Err(Problem::new(Code::InvalidBody, "the hidden field was filled in"));
    }
    let text = question_text(&sent.message)?;
    web.limits().check(Operation::Ask, client)?;
    let key = (16..=64).contains(&sent.key.len()).then(|| sent.key.clone());
    web.customer_says(reference, text, key).await
}

#[derive(Deserialize)]
pub struct SentDetails {
    #[serde(default)]
    email: String,
    #[serde(default)]
    order_number: String,
    #[serde(default)]
    urgency: String,
}

/// Takes details: shows the page with them, or the form again with what to correct.
pub async fn details(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    PathText(token): PathText,
    headers: HeaderMap,
    FormBody(sent): FormBody<SentDetails>,
) -> Result<Response, Problem> {
    let reference = allowed(&web, &headers, &token)?;
    let problem = match take_details(&web, client, &reference, &sent).await {
        Ok(()) => return Ok(back(&web, &visit, &token, "saved=1", "#details")),
        Err(problem) => problem,
    };
    let words = visit.words;
    let error = match problem.code {
        Code::InvalidContact => words.error_email.clone(),
        Code::RateLimited => too_many(&problem, words),
        Code::StoreUnavailable => words.error_message_again.clone(),
        _ => words.error_details.clone(),
    };
    let failed = Failed::Details {
        sent,
        error,
        email_is_wrong: problem.code == Code::InvalidContact,
    };
    show_again(&web, &visit, &token, failed, &problem, &headers).await
}

async fn take_details(web: &Web, client: Client, reference: &str, sent: &SentDetails) -> Result<(), Problem> {
    let email = contact(Some(&sent.email))?;
    if email.as_deref().is_some_and(|email| !looks_like_email(email)) {
        return Err(Problem::new(Code::InvalidContact, "This is not an e-mail address."));
    }
    web.limits().check(Operation::Ask, client)?;
    let details = Details {
        email,
        order_number: given(Some(sent.order_number.trim().to_owned())),
        urgency: given(Some(sent.urgency.clone())),
        ..Details::default()
    };
    web.customer_details(reference, details).await
}

/// The reference behind a form's address, if the form was sent from our page.
pub(super) fn allowed(web: &Web, headers: &HeaderMap, token: &str) -> Result<String, Problem> {
    // The page tells nobody where it is, so a browser that does not send `Sec-Fetch-Site` says that the origin is `null`.
    // That is no hole: another site would have to know the address, and then it could send the form without a browser.
    let is_private =
        !headers.contains_key("sec-fetch-site") && headers.get(header::ORIGIN).is_some_and(|origin| origin == "null");
    if !is_private {
        check_same_origin(headers, web.site().public_url.as_deref())?;
    }
    web.reference_of(token)
        .ok_or_else(|| Problem::new(Code::NotFound, "There is no receipt at this address."))
}

/// To the page by GET, so that reloading it sends nothing again.
pub(super) fn back(web: &Web, visit: &Visit, token: &str, query: &str, place: &str) -> Response {
    let mut path = Frame::new(web, visit, "").link(&format!("/receipts/{token}"));
    if !query.is_empty() {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(query);
    }
    Redirect::to(&format!("{path}{place}")).into_response()
}

fn too_many(problem: &Problem, words: &Words) -> String {
    let time = words.duration(problem.retry_seconds().unwrap_or(60));
    fill(&words.error_too_many, &[("time", &time)])
}

pub(super) async fn show_again(
    web: &Web,
    visit: &Visit,
    token: &str,
    failed: Failed,
    problem: &Problem,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let mut page = page(web, visit, token).await?;
    match failed {
        Failed::Message { text, key, error } => {
            page.message = text;
            page.message_error = Some(error);
            // The same key: if the first attempt did reach the store, sending again finds its message.
            if !key.is_empty() {
                page.key = key;
            }
        }
        Failed::Details {
            sent,
            error,
            email_is_wrong,
        } => {
            page.urgencies = urgencies(Some(&sent.urgency), visit.words);
            page.email = sent.email;
            page.order = sent.order_number;
            page.details_error = Some(error);
            page.email_is_wrong = email_is_wrong;
        }
        Failed::Word => {
            page.word_error = Some(match problem.code {
                Code::RateLimited => too_many(problem, visit.words),
                Code::NotNow | Code::VersionConflict => visit.words.error_word_late.clone(),
                _ => visit.words.error_word_again.clone(),
            });
        }
    }
    let mut response = respond(&page, problem.code.status(), headers)?;
    if let Some(seconds) = problem.retry_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}
