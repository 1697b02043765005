//! `tanya search`: ranked articles.

use clap::Args;

use super::{Bars, Context, Exit, one_line, shorten};
use crate::search::SearchQuery;

/// What `tanya help search` says first.
pub(super) const LONG_ABOUT: &str = "\
    Finds articles by words and meaning and prints them best first, with the part that matches.";

/// Arguments of `search`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  tanya search refund
  tanya search track my order --limit 3
  tanya search pengembalian dana --lang id
  tanya search refund --json")]
pub struct SearchArgs {
    /// What to look for
    #[arg(value_name = "WORDS", required = true)]
    pub words: Vec<String>,
    /// Preferred language, e.g. `id` [default: guessed]
    #[arg(long, value_name = "CODE")]
    pub lang: Option<String>,
    /// How many articles to print, 1 to 50
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=50))]
    pub limit: u16,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever made it fail.
pub async fn run(ctx: &Context, args: &SearchArgs) -> anyhow::Result<Exit> {
    let answerer = ctx.answerer(None, &mut Bars::new())?;
    let query = SearchQuery {
        text: args.words.join(" "),
        lang: args.lang.clone(),
        limit: usize::from(args.limit),
        ..SearchQuery::default()
    };
    let page = answerer.searcher().search(&query).await?;
    if ctx.json {
        ctx.print_json(&page)?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for hit in &page.hits {
        let section = if hit.heading_path.is_empty() {
            String::new()
        } else {
            format!(" › {}", hit.heading_path.join(" › "))
        };
        text += &format!(
            "{}{section}  {}\n",
            ctx.style.bold(&hit.title),
            ctx.style.dim(&hit.article)
        );
        if !hit.snippet.is_empty() {
            text += &format!("  {}\n", shorten(&one_line(&hit.snippet), 110));
        }
    }
    if page.hits.is_empty() {
        text = "No article has anything of this.\n".into();
    }
    ctx.print(&text)?;
    Ok(Exit::Done)
}
