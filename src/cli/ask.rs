//! `tanya ask`: one decision.

use std::borrow::Cow;

use clap::Args;

use super::{Bars, Context, Exit, Style, aligned::aligned, explained::explained};
use crate::{
    answer::{Answer, Decision, HandoffReason, Outcome, Question},
    app::{App, AskRequest, Channel, Wanted},
};

/// What `tanya help ask` says first.
pub(super) const LONG_ABOUT: &str = "\
    Asks one question and prints the decision: the answer word for word with its source and the confidence, a \
    choice of articles, or the handoff to people with its reason.";

/// Arguments of `ask`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya ask \"where is my parcel?\"
  tanya ask \"di mana paket saya?\" --lang id
  tanya ask \"cancel my plan\" --context '{\"plan\": \"pro\", \"page_url\": \"https://example.com/billing\"}'
  tanya ask \"I was charged twice\" --handoff    opens the ticket that the decision calls for
  tanya ask \"reset password\" --explain         why this article, and where the confidence comes from
  tanya ask \"reset password\" --json            the decision as the API returns it")]
pub struct AskArgs {
    /// The question, as a customer would type it
    #[arg(value_name = "QUESTION")]
    pub question: String,
    /// What is known about the visitor, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = json_object)]
    pub context: Option<serde_json::Map<String, serde_json::Value>>,
    /// Language of the question, e.g. `id` [default: guessed]
    #[arg(long, value_name = "CODE")]
    pub lang: Option<String>,
    /// Open a ticket if the decision hands the question over
    #[arg(long)]
    pub handoff: bool,
    /// Say how the decision came about
    #[arg(long)]
    pub explain: bool,
}

pub(super) fn json_object(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("it must be a JSON object, such as {{\"plan\": \"pro\"}}: {error}"))
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &AskArgs) -> anyhow::Result<Exit> {
    let answerer = ctx.answerer(None, &mut Bars::new())?;
    let question = Question {
        text: args.question.clone(),
        lang: args.lang.clone(),
        context: args.context.clone().unwrap_or_default(),
    };
    anyhow::ensure!(
        !question.text.trim().is_empty(),
        super::UsageError("the question is empty".into())
    );
    let decision = if args.handoff {
        let store = ctx.store().await?;
        let app = App::new(ctx.config.clone(), answerer, store.clone(), ctx.clock.clone());
        app.refresh_settings().await?;
        app.refresh_calibration().await?;
        let request = AskRequest {
            question,
            record: true,
            open_ticket: true,
            explain: args.explain,
            channel: Channel::Cli,
            wanted: Wanted::Answer,
            contact: None,
            idempotency_key: None,
        };
        let decision = app.ask(request).await;
        store.flush().await?;
        store.close().await;
        decision?
    } else {
        ctx.calibrate(&answerer).await?;
        answerer
            .decide(ulid::Ulid::generate().to_string(), &question, args.explain)
            .await?
            .decision
    };
    if ctx.json {
        ctx.print_json(&decision)?;
    } else {
        ctx.print(&to_text(&decision, ctx.style))?;
    }
    Ok(Exit::Done)
}

/// The text of an answer, its best sentence in bold; rows of tables are aligned instead.
fn shown(answer: &Answer, style: Style) -> Cow<'_, str> {
    let aligned = aligned(&answer.text, &answer.html);
    let Some([from, to]) = answer.sentence.filter(|_| matches!(aligned, Cow::Borrowed(_))) else {
        return aligned;
    };
    let text = &answer.text;
    match (text.get(..from), text.get(from..to), text.get(to..)) {
        (Some(before), Some(sentence), Some(after)) => format!("{before}{}{after}", style.bold(sentence)).into(),
        _ => aligned,
    }
}

fn to_text(decision: &Decision, style: Style) -> String {
    let sure = format!(
        "confidence {:.2}, threshold {:.2}",
        decision.confidence, decision.threshold
    );
    let mut text = match decision.decision {
        Outcome::Answer => String::new(),
        Outcome::Clarify => format!("{}  {}\n", style.bold("Which of these is meant?"), style.dim(&sure)),
        Outcome::Handoff => String::new(),
    };
    if let Some(answer) = &decision.answer {
        let section = answer
            .section
            .as_ref()
            .map(|section| section.heading_path.join(" › "))
            .filter(|path| !path.is_empty() && *path != answer.article.title);
        let place = section.map_or_else(
            || answer.article.title.clone(),
            |section| format!("{} › {section}", answer.article.title),
        );
        text += &format!(
            "{}\n\n{}\n\n{}  {}\n",
            style.bold(&place),
            shown(answer, style).trim_end(),
            style.dim(&answer.article.id),
            style.dim(&sure)
        );
    }
    for option in &decision.options {
        text += &format!(
            "  {}  {}\n",
            option.article.title,
            style.dim(&format!("{} ({:.2})", option.article.id, option.confidence))
        );
    }
    if let Some(handoff) = &decision.handoff {
        let why = match (handoff.reason, &handoff.topic) {
            (HandoffReason::SensitiveTopic, Some(topic)) => format!("sensitive topic: {topic}"),
            (reason, _) => reason.as_str().replace('_', " "),
        };
        text += &format!(
            "{}\n{}\n",
            style.bold(&format!("To the team {}: {why}", handoff.team)),
            handoff.message
        );
        if let Some(ticket) = &handoff.ticket {
            text += &format!("Ticket {ticket}\n");
        }
        text += &format!("{}\n", style.dim(&sure));
    }
    if let Some(explanation) = &decision.explanation {
        text += &explained(decision, explanation, style);
    }
    text
}
