//! `/receipts/{token}`: what the author of a question may see of its ticket.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use jiff::Timestamp;

use super::{
    page::{Cache, Frame, Visit, send},
    words::fill,
};
use crate::http::{Code, PathText, Problem, state::Web};

/// A moment: for machines, and in words for readers without script.
struct Moment {
    iso: String,
    words: String,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    frame: Frame,
    reference: String,
    team: String,
    why: String,
    promise: Option<Moment>,
    /// That nobody is there now, and when somebody is.
    closed: Option<String>,
    done: Option<Moment>,
    mail: String,
}

/// One receipt; whoever has its address may see it.
pub async fn receipt(
    State(web): State<Web>,
    visit: Visit,
    PathText(token): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(receipt) = web.receipt(&token, &visit.words.code).await? else {
        return Err(Problem::new(Code::NotFound, "There is no receipt at this address."));
    };
    let words = visit.words;
    let moment = |at: Timestamp| Moment {
        iso: at.to_string(),
        words: words.show_time(at),
    };
    let done = receipt.resolved_at.map(moment);
    let title = if done.is_some() {
        &words.receipt_done_title
    } else {
        &words.receipt_title
    };
    let page = ReceiptPage {
        frame: Frame::new(&web, &visit, title).noindex(),
        team: words.team(&receipt.team).to_owned(),
        promise: receipt.promise_at.map(|at| Moment {
            iso: at.to_string(),
            words: receipt.promise.clone(),
        }),
        why: receipt.why,
        closed: receipt.closed.map(|closed| closed.sentence),
        mail: match &receipt.contact {
            Some(contact) => fill(&words.receipt_next_mail, &[("contact", contact)]),
            None => words.receipt_next_no_mail.clone(),
        },
        reference: receipt.reference,
        done,
    };
    let mut response = send(&page, StatusCode::OK, Cache::Never, &headers)?;
    // The address is the secret.
    response
        .headers_mut()
        .insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
