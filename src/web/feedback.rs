//! `/feedback`: "Did this help?" under an article, without script.
//!
//! A vote is counted at once, by the button. Whoever says no then sees a place for a reason, which replaces the vote by
//! one with a reason, and the way to a person.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    page::{Cache, Frame, Visit, article_path, encode_param, send},
    words::{Words, fill},
};
use crate::{
    http::{
        Code, FormBody, MAX_REASON_CHARS, Operation, Params, Problem, Voter, check_same_origin, reason,
        state::{Opinion, Web},
    },
    kb::{Article, ArticleId, Status},
};

/// What the reader said last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// It helped.
    Yes,
    /// It did not.
    No,
    /// It did not, and why.
    Why,
}

impl Said {
    fn of(word: &str) -> Option<Self> {
        match word {
            "yes" => Some(Said::Yes),
            "no" => Some(Said::No),
            "why" => Some(Said::Why),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Said::Yes => "yes",
            Said::No => "no",
            Said::Why => "why",
        }
    }

    fn title_and_text(self, words: &Words) -> (&str, &str) {
        match self {
            Said::Yes => (&words.helped_thanks_title, &words.helped_thanks_text),
            Said::No => (&words.helped_sorry_title, &words.helped_sorry_text),
            Said::Why => (&words.helped_said_title, &words.helped_said_text),
        }
    }
}

/// The place for a reason.
struct ReasonForm {
    reason: String,
    error: Option<String>,
    most: usize,
}

impl ReasonForm {
    fn empty() -> Self {
        ReasonForm {
            reason: String::new(),
            error: None,
            most: MAX_REASON_CHARS,
        }
    }
}

#[derive(Template)]
#[template(path = "feedback.html")]
struct FeedbackPage {
    frame: Frame,
    title: String,
    text: String,
    id: String,
    article: String,
    form: Option<ReasonForm>,
    ask: Option<String>,
}

#[derive(Deserialize)]
pub struct ThanksParams {
    article: Option<String>,
    said: Option<String>,
}

/// What a reader sees after voting. Shows nothing that was said, and changes nothing.
pub async fn thanks(
    State(web): State<Web>,
    visit: Visit,
    Params(params): Params<ThanksParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let article = article(&visit, params.article.as_deref().unwrap_or_default())?;
    let said = params.said.as_deref().and_then(Said::of).unwrap_or(Said::Yes);
    let form = (said == Said::No).then(ReasonForm::empty);
    show(&web, &visit, article, said, form, StatusCode::OK, &headers)
}

#[derive(Deserialize)]
pub struct Sent {
    #[serde(default)]
    article: String,
    #[serde(default)]
    helped: String,
    reason: Option<String>,
    /// The decision that showed the article as an answer.
    decision: Option<String>,
}

/// Counts a vote and leads to [`thanks`]; a reason that is too long comes back to be shortened.
pub async fn submit(
    State(web): State<Web>,
    visit: Visit,
    voter: Voter,
    headers: HeaderMap,
    FormBody(sent): FormBody<Sent>,
) -> Result<Response, Problem> {
    check_same_origin(&headers, web.site().public_url.as_deref())?;
    let helped = match sent.helped.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::new(Code::InvalidBody, "`helped` must be `yes` or `no`.")),
    };
    let article = article(&visit, &sent.article)?;
    let why = match reason(sent.reason.as_deref()) {
        Ok(why) => why,
        Err(problem) => {
            let error = fill(&visit.words.error_reason_long, &[("n", &MAX_REASON_CHARS.to_string())]);
            let form = ReasonForm {
                reason: sent.reason.unwrap_or_default(),
                error: Some(error),
                ..ReasonForm::empty()
            };
            return show(
                &web,
                &visit,
                article,
                Said::No,
                Some(form),
                problem.code.status(),
                &headers,
            );
        }
    };
    let said = match (helped, &why) {
        (true, _) => Said::Yes,
        (false, None) => Said::No,
        (false, Some(_)) => Said::Why,
    };
    web.limits().check(Operation::Vote, voter.client)?;
    let opinion = Opinion {
        article: article.id.0.clone(),
        helped,
        reason: why,
        decision: crate::http::decision_id(sent.decision.as_deref())?,
    };
    web.vote(opinion, &voter).await?;
    let next = format!(
        "/feedback?article={}&said={}",
        encode_param(article.id.as_str()),
        said.word()
    );
    let next = Frame::new(&web, &visit, "").link(&next);
    Ok(Redirect::to(&next).into_response())
}

/// The article that a vote is about, if readers can see it.
fn article<'a>(visit: &'a Visit, id: &str) -> Result<&'a Article, Problem> {
    visit
        .generation
        .article(&ArticleId(id.to_owned()))
        .filter(|article| matches!(article.status, Status::Live | Status::Unlisted) && !article.only_names_its_folder())
        .ok_or_else(|| Problem::new(Code::NotFound, "There is no article to vote on at this address."))
}

fn show(
    web: &Web,
    visit: &Visit,
    article: &Article,
    said: Said,
    form: Option<ReasonForm>,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let (title, text) = said.title_and_text(visit.words);
    let frame = Frame::new(web, visit, title).noindex();
    let path = article_path(article);
    let page = FeedbackPage {
        title: title.to_owned(),
        text: text.to_owned(),
        id: article.id.0.clone(),
        ask: (said != Said::Yes).then(|| frame.ask_link("", &path)),
        article: path,
        form,
        frame,
    };
    send(&page, status, Cache::Private, headers)
}
