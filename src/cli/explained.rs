//! What `tanya ask --explain` prints below a decision.

use unicode_width::UnicodeWidthStr;

use super::Style;
use crate::answer::{Contribution, Decision, Explanation, NearestMiss, WhyMissed};

/// Candidates that are printed.
const CANDIDATES: usize = 5;
/// Features of the first candidate; the others are there to compare scores.
const FEATURES: usize = 12;
/// Inputs that move the confidence less than this are left out; JSON has all of them.
const LEAST: f64 = 0.05;

/// The reasons of a decision as text, with an empty line before it.
pub(super) fn explained(decision: &Decision, explanation: &Explanation, style: Style) -> String {
    let mut text = String::from("\n");
    if let Some(rule) = &explanation.rule {
        text += &format!("Rule: {rule}\n");
    }
    text += &format!(
        "Confidence {:.2} of the {:.2} that an answer needs.\n",
        decision.confidence, decision.threshold
    );
    text += &format!("The threshold: {}.\n", explanation.threshold_from.words);
    if !explanation.unknown_words.is_empty() {
        text += &format!("No article contains: {}\n", explanation.unknown_words.join(", "));
    }
    if let Some(miss) = &explanation.nearest_miss {
        text += &missed(miss, style);
    }

    text += &format!("\n{}\n", style.bold("Articles, best first"));
    for (at, candidate) in explanation.candidates.iter().take(CANDIDATES).enumerate() {
        text += &format!(
            "  {:7.2}  {}  {}\n",
            candidate.score,
            candidate.title,
            style.dim(&candidate.article)
        );
        if at == 0 {
            text += &rows(candidate.features.iter().take(FEATURES), style);
        }
    }

    text += &format!("\n{}\n", style.bold("What makes the confidence"));
    let told = explanation.confidence.iter().filter(|input| input.adds.abs() >= LEAST);
    text += &rows(told, style);
    let sum: f64 = explanation.confidence.iter().map(|input| input.adds).sum();
    text += &format!(
        "  {sum:+7.2}  in all, which is a confidence of {:.2}",
        explanation.raw_confidence
    );
    if (explanation.raw_confidence - decision.confidence).abs() >= 0.005 {
        text += &format!("; the calibration makes {:.2} of it", decision.confidence);
    }
    text.push('\n');
    text
}

fn missed(miss: &NearestMiss, style: Style) -> String {
    let place = std::iter::once(miss.article.title.as_str()).chain(
        miss.heading_path
            .iter()
            .map(String::as_str)
            .filter(|heading| *heading != miss.article.title),
    );
    let mut text = format!(
        "\n{}\n  {}  {}\n",
        style.bold("Nearest to an answer"),
        place.collect::<Vec<_>>().join(" › "),
        style.dim(&miss.article.id)
    );
    let why = match miss.why {
        WhyMissed::NotSureEnough => format!("Short of an answer by {:.2}.", miss.short_by),
        WhyMissed::Rule => "A rule gives this question to people.".into(),
        WhyMissed::SensitiveArticle => "The article has a sensitive topic and is not freed for the bot.".into(),
        WhyMissed::NotForTheBot => "The article says that the bot must not answer with it.".into(),
        WhyMissed::PeopleFirst => "A rule sends this customer to people first.".into(),
    };
    text += &format!("  {why}\n");
    if miss.other_language {
        text += "  It is in another language than the question.\n";
    } else if !miss.missing_words.is_empty() {
        text += &format!("  It does not contain: {}\n", miss.missing_words.join(", "));
    }
    text
}

/// One line each, in columns: what it adds, what it is in plain words, its value, its name.
fn rows<'a>(contributions: impl Iterator<Item = &'a Contribution>, style: Style) -> String {
    let contributions: Vec<&Contribution> = contributions.collect();
    let widest = contributions.iter().map(|told| told.about.width()).max().unwrap_or(0);
    contributions
        .iter()
        .map(|told| {
            let gap = " ".repeat(widest - told.about.width());
            format!(
                "  {:+7.2}  {}{gap}  {}\n",
                told.adds,
                told.about,
                style.dim(&format!("{:6.2}  {}", told.value, told.name))
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, about: &str, value: f64, adds: f64) -> Contribution {
        Contribution {
            name: name.into(),
            about: about.into(),
            value,
            adds,
        }
    }

    #[test]
    fn contributions_stand_in_columns() {
        let rows = rows(
            [
                told("cos_best", "meaning", 0.81, 3.2),
                told("unknown", "words unknown", 12.0, -0.456),
            ]
            .iter(),
            Style::PLAIN,
        );
        assert_eq!(
            rows,
            "    +3.20  meaning          0.81  cos_best\n    -0.46  words unknown   12.00  unknown\n"
        );
    }
}
