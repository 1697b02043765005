//! The customer's last words on their receipt: whether it is solved, and how it went.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;

use super::{
    page::Visit,
    receipt::{Failed, allowed, back, show_again},
};
use crate::{
    desk::flow::Word,
    http::{Client, Code, FormBody, Operation, PathText, Problem, reason, state::Web},
};

#[derive(Deserialize)]
pub struct SentWord {
    #[serde(default)]
    word: String,
}

/// Takes the customer's word whether it is solved.
pub async fn word(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    PathText(token): PathText,
    headers: HeaderMap,
    FormBody(sent): FormBody<SentWord>,
) -> Result<Response, Problem> {
    let reference = allowed(&web, &headers, &token)?;
    let word = match sent.word.as_str() {
        "helped" => Word::Helped,
        "did_not_help" => Word::DidNotHelp,
        _ => return Err(Problem::new(Code::InvalidBody, "`word` is none that the page offers.")),
    };
    let kept = match web.limits().check(Operation::Ask, client) {
        Ok(()) => web.customer_word(&reference, word).await,
        Err(problem) => Err(problem),
    };
    match kept {
        Ok(()) => {
            let place = if word == Word::Helped { "#rate" } else { "#message" };
            Ok(back(&web, &visit, &token, "", place))
        }
        Err(problem) => show_again(&web, &visit, &token, Failed::Word, &problem, &headers).await,
    }
}

#[derive(Deserialize)]
pub struct SentRating {
    #[serde(default)]
    rating: String,
    #[serde(default)]
    note: String,
}

/// Takes a rating; the latest one counts.
pub async fn rating(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    PathText(token): PathText,
    headers: HeaderMap,
    FormBody(sent): FormBody<SentRating>,
) -> Result<Response, Problem> {
    let reference = allowed(&web, &headers, &token)?;
    match take_rating(&web, client, &reference, &sent).await {
        Ok(()) => Ok(back(&web, &visit, &token, "", "#rate")),
        Err(problem) => show_again(&web, &visit, &token, Failed::Word, &problem, &headers).await,
    }
}

async fn take_rating(web: &Web, client: Client, reference: &str, sent: &SentRating) -> Result<(), Problem> {
    let rating = sent.rating.parse().unwrap_or(0);
    let note = reason(Some(&sent.note))?;
    web.limits().check(Operation::Ask, client)?;
    web.customer_rates(reference, rating, note).await
}
