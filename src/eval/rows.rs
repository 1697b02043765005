//! One measured set as a row, and the rows as a table.

/// Thresholds that are reported.
pub const THRESHOLDS: [f64; 5] = [0.5, 0.6, 0.7, 0.8, 0.9];

/// What is measured of one set, by models that did not see its group.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Row {
    /// The set.
    pub set: String,
    /// `hybrid` or `lexical`; `dropped`, `shuffled` or `misspelt` for changed questions.
    pub mode: &'static str,
    /// Questions with a relevant article.
    pub questions: usize,
    /// MRR@10 of Tanya, of BM25 alone, of vectors alone, of their reciprocal rank fusion.
    pub mrr: [f64; 4],
    /// R@1 of the same four.
    pub r1: [f64; 4],
    /// hit@5 of the same four.
    pub hit5: [f64; 4],
    /// Tanya's MRR@10 minus the best of the three others', with its paired bootstrap 95 % interval.
    pub ahead: (f64, f64, f64),
    /// Calibration error of the confidence.
    pub ece: f64,
    /// Coverage at 95 % precision.
    pub cov95: Option<f64>,
    /// Area under the ROC curve of the confidence, answerable against out of scope.
    pub auroc: Option<f64>,
    /// At each of [`THRESHOLDS`]: share of the questions answered, and of those answers right.
    pub thresholds: Vec<(f64, f64)>,
}

/// Largest share of the answerable questions answered at this precision.
pub(super) fn coverage(confidences: &[f64], right: &[bool], in_scope: &[bool], precision: f64) -> Option<f64> {
    let mut order: Vec<usize> = (0..confidences.len()).collect();
    order.sort_by(|a, b| confidences[*b].total_cmp(&confidences[*a]));
    let (mut correct, mut reached) = (0usize, 0usize);
    for (place, at) in order.iter().enumerate() {
        correct += usize::from(right[*at]);
        if place >= 9 && correct as f64 / (place as f64 + 1.0) >= precision {
            reached = place + 1;
        }
    }
    let answerable = in_scope.iter().filter(|b| **b).count();
    (answerable > 0).then(|| reached as f64 / answerable as f64)
}

/// Share answered at a threshold, and share of the answers that are right (1 without an answer).
pub(super) fn answered(confidences: &[f64], right: &[bool], threshold: f64) -> (f64, f64) {
    let given: Vec<bool> = confidences
        .iter()
        .zip(right)
        .filter(|(c, _)| **c >= threshold)
        .map(|(_, right)| *right)
        .collect();
    let correct = given.iter().filter(|right| **right).count() as f64;
    (
        given.len() as f64 / confidences.len().max(1) as f64,
        if given.is_empty() {
            1.0
        } else {
            correct / given.len() as f64
        },
    )
}

/// The rows as a table for the terminal.
pub fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<8} {:<20} {:>5}  {:^27}  {:^27}  {:^27}  {:>24}  {:>5} {:>6} {:>6}\n{:<36}  {:^27}  {:^27}  {:^27}  {:>24}\n",
        "mode",
        "set",
        "n",
        "MRR@10",
        "R@1",
        "hit@5",
        "ahead of the best",
        "ECE",
        "cov95",
        "AUROC",
        "",
        "tanya  bm25   vec    rrf",
        "tanya  bm25   vec    rrf",
        "tanya  bm25   vec    rrf",
        "[95 % interval]"
    );
    for row in rows {
        let four = |values: &[f64; 4]| values.iter().map(|v| format!("{v:.4}")).collect::<Vec<_>>().join(" ");
        let option = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.3}"));
        text += &format!(
            "{:<8} {:<20} {:>5}  {}  {}  {}  {:>+7.4} [{:+.4} {:+.4}]  {:.3} {:>6} {:>6}\n",
            row.mode,
            row.set,
            row.questions,
            four(&row.mrr),
            four(&row.r1),
            four(&row.hit5),
            row.ahead.0,
            row.ahead.1,
            row.ahead.2,
            row.ece,
            option(row.cov95),
            option(row.auroc)
        );
    }
    text += &format!("\n{:<29} answered and right at a threshold of\n{:<29}", "", "");
    for threshold in THRESHOLDS {
        text += &format!(" {threshold:^13}");
    }
    for row in rows {
        text += &format!("\n{:<8} {:<20}", row.mode, row.set);
        for (share, right) in &row.thresholds {
            text += &format!(" {share:.3} / {right:.3}");
        }
    }
    text + "\n"
}
