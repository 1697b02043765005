//! What the features and signals are called in plain English.

/// The plain words for a feature or a signal; empty for a name that is none.
pub(super) fn of(name: &str) -> &'static str {
    WORDS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, words)| words)
}

/// One row each. A signal that has the name of a feature is that feature of the first article.
const WORDS: &[(&str, &str)] = &[
    ("cos_passage", "meaning: the nearest passage"),
    ("cos_title", "meaning: the title"),
    ("cos_question", "meaning: the nearest example question"),
    ("cos_best", "meaning: the nearest text of the article"),
    ("cos_top3", "meaning: the three nearest texts on average"),
    ("cos_behind", "meaning: how far behind the nearest article"),
    ("cos_rank", "meaning: its place among the articles"),
    ("cos_z", "meaning: how far above the usual nearness here"),
    ("lda_best", "subject: the nearest text of the article"),
    ("lda_centre", "subject: the article as a whole"),
    ("lda_top3", "subject: the three nearest texts on average"),
    ("lda_soft", "subject: all its texts, the nearest most"),
    ("lda_best_rank", "subject: its place by the nearest text"),
    ("lda_centre_rank", "subject: its place as a whole"),
    ("class_share", "subject: its share of the belief among the articles"),
    ("class_log", "subject: the same share, as a logarithm"),
    ("class_rank", "subject: its place by that share"),
    ("has_questions", "the article has example questions"),
    ("bm25", "words: how well they match the whole article"),
    ("bm25_behind", "words: how far behind the best match"),
    ("bm25_rank", "words: its place among the articles"),
    ("bm25_title", "words: match with the title"),
    ("bm25_headings", "words: match with the headings"),
    ("bm25_body", "words: match with the text"),
    ("bm25_questions", "words: match with the example questions"),
    ("bm25_tags", "words: match with tags and description"),
    ("cover_all", "share of the question's words in the article"),
    ("cover_title", "share of the question's words in the title"),
    ("cover_heading", "share of the question's words in title and headings"),
    ("cover_passage", "share of the question's words in the best passage"),
    ("cover_behind", "share of the words: how far behind the best article"),
    ("exact_jaccard", "likeness with the best title or heading"),
    ("exact_share", "share of the question in that heading"),
    ("exact_back", "share of that heading in the question"),
    ("exact_run", "words in the same order as in that heading"),
    ("exact_equal", "the same words as a title or heading"),
    ("exact_behind", "likeness with a heading: how far behind the best"),
    ("title_jaccard", "likeness with the title"),
    ("grams", "likeness with a heading, letter by letter"),
    ("question_jaccard", "likeness with the best example question"),
    ("question_equal", "the same words as an example question"),
    ("same_language", "the article is in the question's language"),
    ("share", "share of the belief that the first article holds"),
    ("share_odds", "how much more belief the first article holds"),
    ("margin", "how far the first article is ahead of the second"),
    ("score", "score of the first article"),
    ("cos_lead", "meaning: lead over the nearest other article"),
    ("agreement", "words, meaning and headings agree on the first article"),
    ("unknown", "share of the question that no article contains"),
    ("words", "length of the question"),
    ("bias", "what every question starts from"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{features::NAMES, rank::SIGNALS};

    #[test]
    fn every_feature_and_signal_has_words_of_its_own() {
        for name in NAMES.iter().chain(SIGNALS).chain(&["bias"]) {
            assert!(
                !of(name).is_empty(),
                "{name} has no words in src/answer/explain_words.rs"
            );
        }
        let mut words: Vec<&str> = WORDS.iter().map(|(_, words)| *words).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), WORDS.len(), "two names have the same words");
        for (name, _) in WORDS {
            let known = NAMES.contains(name) || SIGNALS.contains(name) || *name == "bias";
            assert!(known, "{name} is no longer a feature");
        }
    }
}
