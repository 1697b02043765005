//! A certificate as people read it: the sentence first, then the pictures, then the tables. The page `/calibration` and the
//! report of `tanya eval` show the same.

mod drawing;

use askama::Template;

use crate::{
    answer::calibration::{Calibration, Certificate, Finding, Quality, Scope, Source, Threshold},
    insight::words::thousands,
};
use drawing::Drawing;

/// Characters of a hash that are shown; the whole one stands in the JSON.
const HASH: usize = 16;

/// What is shown of a certificate.
#[derive(Template)]
#[template(path = "certificate.html")]
pub struct Shown {
    headline: String,
    sentences: Vec<String>,
    promises: Vec<String>,
    quality: Vec<QualityRow>,
    /// Whether there is a raw confidence to compare with.
    is_compared: bool,
    reliability: Drawing,
    risk: Option<Drawing>,
    bins: Vec<Vec<String>>,
    steps: Vec<StepRow>,
    facts: Vec<(&'static str, String)>,
}

struct QualityRow {
    name: &'static str,
    note: &'static str,
    before: String,
    after: String,
}

struct StepRow {
    confidence: String,
    answered: String,
    wrong: String,
    bound: String,
    handed_over: String,
    in_use: bool,
}

/// What was measured, beside a certificate's numbers.
pub struct Measuring {
    /// When.
    pub at: String,
    /// Names with what they stand for, e.g. the hash of the weights.
    pub hashes: Vec<(&'static str, String)>,
}

/// `4.7 %`: one digit, since budgets are small.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", 100.0 * share);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

fn count(n: usize) -> String {
    thousands(n as u64)
}

/// `2026-11-24 04:30 UTC`.
fn moment(rfc3339: &str) -> String {
    let at: Result<jiff::Timestamp, _> = rfc3339.parse();
    at.map_or_else(
        |_| rfc3339.to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

fn short(hash: &str) -> String {
    hash.chars().take(HASH).collect()
}

impl Shown {
    /// The certificate of a calibration, as it was proven.
    pub fn of_calibration(calibration: &Calibration) -> Shown {
        let file = &calibration.file;
        let sources = file.sources.iter().map(|source| {
            let what = match source.source {
                Source::Labels => "labelled questions",
                Source::Outcomes => "answers that readers and customers judged",
                Source::LabelFree => "questions without labels",
            };
            format!("{} {what} ({})", count(source.questions), short(&source.hash))
        });
        let mut hashes = vec![
            ("Calibration", short(&calibration.hash)),
            ("Articles", format!("{} ({})", count(file.articles), short(&file.kb))),
            ("Index", short(&file.generation)),
            ("Weights", short(&file.weights)),
            (
                "Model",
                file.model.as_deref().map_or("none: words only".to_owned(), short),
            ),
            ("Fitted by", file.method.clone()),
            ("Fitted to", sources.collect::<Vec<_>>().join(", ")),
        ];
        if !file.left_out.is_empty() {
            let left = file
                .left_out
                .iter()
                .map(|left| format!("{} {}", count(left.questions), left.why));
            hashes.push(("Left out", left.collect::<Vec<_>>().join(", ")));
        }
        let measuring = Measuring {
            at: file.made_at.clone(),
            hashes,
        };
        let mut shown = Shown::new(&file.certificate, &measuring);
        if let Some(main) = calibration.in_scope(&Scope::Everything) {
            shown.headline = headline(main);
            shown.sentences.insert(0, proof(main));
        }
        let special = file
            .thresholds
            .iter()
            .filter(|threshold| threshold.scope != Scope::Everything);
        shown.promises = special
            .map(|threshold| {
                format!(
                    "For {}: {}. {}",
                    threshold.scope.words(),
                    small(&headline(threshold)),
                    proof(threshold)
                )
            })
            .collect();
        shown
    }

    /// Numbers that were just measured.
    pub fn new(certificate: &Certificate, measuring: &Measuring) -> Shown {
        let in_use = certificate.steps.iter().find(|step| step.in_use);
        let mut sentences = Vec::new();
        let mut headline = "What the bot's confidence is worth".to_owned();
        if let Some(step) = in_use {
            headline = told(step.wrong, step.answered);
            let share = step.answered as f64 / certificate.questions.max(1) as f64;
            sentences.push(format!(
                "Of {} questions the bot answers {} ({}) by itself; {} go to people or get a choice of articles.",
                count(certificate.questions),
                count(step.answered),
                percent(share),
                count(step.handed_over)
            ));
        }
        let mut facts = vec![("Measured", moment(&measuring.at))];
        facts.extend(measuring.hashes.iter().cloned());
        let is_compared = certificate.before != certificate.after;
        Shown {
            headline,
            sentences,
            promises: Vec::new(),
            quality: quality(&certificate.before, &certificate.after),
            is_compared,
            reliability: drawing::reliability(certificate),
            risk: drawing::risk(certificate),
            bins: certificate
                .bins
                .iter()
                .map(|bin| {
                    vec![
                        percent(bin.confidence),
                        percent(bin.right),
                        format!("{} to {}", percent(bin.low), percent(bin.high)),
                        count(bin.questions),
                    ]
                })
                .collect(),
            steps: certificate
                .steps
                .iter()
                .map(|step| StepRow {
                    confidence: format!("{:.3}", step.confidence),
                    answered: count(step.answered),
                    wrong: count(step.wrong),
                    bound: if step.answered == 0 {
                        "–".into()
                    } else {
                        percent(step.bound)
                    },
                    handed_over: count(step.handed_over),
                    in_use: step.in_use,
                })
                .collect(),
            facts,
        }
    }
}

/// A sentence within another one.
fn small(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().collect::<String>() + chars.as_str()
    })
}

/// How often answers are wrong, for those who read nothing else.
fn told(wrong: usize, answered: usize) -> String {
    match (wrong, answered) {
        (_, 0) => "The bot answers nothing by itself".to_owned(),
        (0, answered) => format!("Of {} answers that were checked, none was wrong", count(answered)),
        (wrong, answered) => {
            let of_hundred = (100.0 * wrong as f64 / answered as f64).round();
            match of_hundred as usize {
                0 => "Of 100 answers, fewer than one is wrong".to_owned(),
                1 => "Of 100 answers, about one is wrong".to_owned(),
                many => format!("Of 100 answers, about {many} are wrong"),
            }
        }
    }
}

fn headline(threshold: &Threshold) -> String {
    match threshold.finding {
        Finding::Proven => told(threshold.wrong, threshold.answered),
        Finding::TooThin => "There are too few labelled questions for a promise".to_owned(),
        Finding::NotKept => "The bot answers nothing by itself".to_owned(),
    }
}

/// What stands behind a threshold, in a sentence or two.
fn proof(threshold: &Threshold) -> String {
    let (answered, wrong) = (count(threshold.answered), count(threshold.wrong));
    let (bound, budget) = (percent(threshold.bound), percent(threshold.budget));
    let wrong = match threshold.wrong {
        0 => "none was wrong".to_owned(),
        1 => "one was wrong".to_owned(),
        _ => format!("{wrong} were wrong"),
    };
    match threshold.finding {
        Finding::Proven => format!(
            "Proven: of {answered} answers {wrong}, so with 95 % certainty less than {bound} of all answers are. \
             The promise is {budget}. It was tested on {} questions; how the confidence was fitted has no say in the test.",
            count(threshold.questions)
        ),
        Finding::TooThin => format!(
            "The promise of {budget} is not proven: of {answered} answers {wrong}, so up to {bound} may be. Until \
             there are more labelled questions the bot answers only from a confidence of {:.2} on.",
            threshold.confidence
        ),
        Finding::NotKept => format!(
            "The promise of {budget} would not be kept: of the {answered} surest answers {wrong}, so up to {bound} \
             may be. Every question goes to people until articles or the budget are changed."
        ),
    }
}

fn quality(before: &Quality, after: &Quality) -> Vec<QualityRow> {
    let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.3}"));
    let row = |name, note, before, after| QualityRow {
        name,
        note,
        before: number(before),
        after: number(after),
    };
    vec![
        row(
            "Calibration error (ECE)",
            "how far the confidence is from the truth, on average; 0 is best",
            Some(before.ece),
            Some(after.ece),
        ),
        row(
            "Brier score",
            "the same with the spread of single questions; 0 is best",
            Some(before.brier),
            Some(after.brier),
        ),
        row(
            "Area under ROC",
            "how often a right answer is surer than a wrong one; 1 is best",
            before.auroc,
            after.auroc,
        ),
    ]
}

/// A report in a file of its own, with its style in it.
#[derive(Template)]
#[template(path = "report.html")]
pub struct Report {
    /// What was measured.
    pub title: String,
    /// The numbers.
    pub shown: Shown,
    style: String,
}

impl Report {
    /// A whole page, readable without any server.
    pub fn new(title: String, shown: Shown) -> Self {
        // On a page of ours the operator's colours come in a file of their own; here are the usual ones.
        let style = [
            include_str!("static/app.css"),
            include_str!("static/certificate.css"),
            ":root { --link: #0b6e4f; }\n@media (prefers-color-scheme: dark) { :root { --link: #6cc7a4; } }\n",
        ];
        Report {
            title,
            shown,
            style: style.concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_says_it_in_words() {
        assert_eq!(told(4, 100), "Of 100 answers, about 4 are wrong");
        assert_eq!(told(1, 99), "Of 100 answers, about one is wrong");
        assert_eq!(told(1, 900), "Of 100 answers, fewer than one is wrong");
        assert_eq!(told(0, 1200), "Of 1,200 answers that were checked, none was wrong");
        assert_eq!(told(0, 0), "The bot answers nothing by itself");
        assert_eq!([percent(0.05), percent(0.0467)], ["5 %", "4.7 %"]);
    }
}
