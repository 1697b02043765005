//! `tanya ask`: one decision.

use clap::Args;

use super::{Context, Exit};

/// Arguments of `ask`.
#[derive(Debug, Args)]
#[command(
    long_about = "Asks one question and prints the decision: the answer word for word with its source and the \
                  confidence, a choice of articles, or the handoff to people with its reason.",
    after_long_help = "\
Examples:
  tanya ask \"where is my parcel?\"
  tanya ask \"di mana paket saya?\" --lang id
  tanya ask \"cancel my plan\" --context '{\"plan\": \"pro\", \"page_url\": \"https://example.com/billing\"}'
  tanya ask \"I was charged twice\" --handoff    opens the ticket that the decision calls for
  tanya ask \"reset password\" --explain         why this article, and where the confidence comes from
  tanya ask \"reset password\" --json            the decision as the API returns it"
)]
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

fn json_object(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("it must be a JSON object, such as {{\"plan\": \"pro\"}}: {error}"))
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(_ctx: &Context, _args: &AskArgs) -> anyhow::Result<Exit> {
    anyhow::bail!("`tanya ask` is not built yet")
}
