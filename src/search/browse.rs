//! Searching and suggesting for people who type into a search box.

use super::{
    Hit, Ranking, SearchPage, SearchQuery, Searcher, Suggestion, Unavailable,
    analyze::{analyze, fold},
    features::Feature as F,
    generation::Generation,
    lexical::Part,
    query::Query,
    rank::Ranked,
    statistics::Phrase,
    vocabulary::{TermId, edit_distance},
};
use crate::kb::{Article, Status};

/// Characters of a snippet.
const SNIPPET: usize = 240;
/// Words of the kb that an unfinished word may become.
const COMPLETIONS: usize = 12;
/// Articles that suggestions are taken from.
const SUGGESTED_FROM: usize = 24;

impl Searcher {
    /// Ranked articles for a search.
    ///
    /// # Errors
    /// When too many questions wait to be embedded, or the runtime fails.
    pub async fn search(&self, query: &SearchQuery) -> Result<SearchPage, Unavailable> {
        let ranking = self.rank(&query.text, query.lang.as_deref()).await?;
        Ok(page(query, &ranking))
    }

    /// What the words typed so far may become: titles, headings and example questions. By words only, never recorded.
    pub fn suggest(&self, text: &str, lang: Option<&str>, limit: usize) -> Vec<Suggestion> {
        let generation = self.generation();
        suggestions(&generation, text, lang, limit)
    }
}

fn page(query: &SearchQuery, ranking: &Ranking) -> SearchPage {
    let generation = &ranking.generation;
    let wanted = |ranked: &&Ranked| {
        let article = &generation.articles()[ranked.featured.article];
        let lang = query
            .only_lang
            .as_deref()
            .is_none_or(|lang| generation.language_of(article) == lang);
        let below = |category: &str| {
            article.category == category
                || article
                    .category
                    .strip_prefix(category)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        article.status == Status::Live && lang && query.category.as_deref().is_none_or(below) && resembles(ranked)
    };
    let found: Vec<&Ranked> = ranking.ranked.iter().filter(wanted).collect();
    SearchPage {
        query: query.text.clone(),
        language: ranking.query.lang.clone(),
        total: found.len(),
        meant: meant(generation, &ranking.query, &query.text, &found),
        hits: found
            .into_iter()
            .skip(query.offset)
            .take(query.limit.clamp(1, 50))
            .map(|ranked| hit(generation, &ranking.query, ranked))
            .collect(),
        generation: generation.id().to_owned(),
    }
}

/// From this trust in a correction on, readers are asked whether they meant it.
const SURE_ENOUGH: f32 = 0.6;
/// Articles in whose words a correction is looked for, best first.
const SPELLED_BY: usize = 8;

/// Longer texts are stories: their readers know what they meant.
const MOST_WORDS: usize = 12;

/// Whether the typed word looks like a slip of this one, rather than a word that no article happens to have: "mother" is no
/// "other", "wont" no "want", and another ending is no mistake. People seldom get the first letter wrong.
fn is_slip(typed: &str, word: &str) -> bool {
    let (typed_len, word_len) = (typed.chars().count(), word.chars().count());
    typed != word
        && typed.chars().next() == word.chars().next()
        && !word.starts_with(typed)
        && !typed.starts_with(word)
        && (typed_len >= 5 || (typed_len == 4 && word_len > 4))
}

/// The question with its slips corrected, spelled as the best articles spell those words.
fn meant(generation: &Generation, query: &Query, text: &str, found: &[&Ranked]) -> Option<String> {
    if text.split_whitespace().count() > MOST_WORDS {
        return None;
    }
    let mut out = text.to_owned();
    let mut untouched = text.len();
    // From the end, so that the bytes before stay where they are.
    for corrected in query.corrected.iter().rev().filter(|c| c.trust >= SURE_ENOUGH) {
        if corrected.span.end > untouched {
            continue;
        }
        let typed = text.get(corrected.span.clone())?;
        let mut articles = found.iter().take(SPELLED_BY).map(|ranked| ranked.featured.article);
        let spelled =
            articles.find_map(|article| spelling(generation, &generation.articles()[article], corrected.id, typed));
        if let Some(word) = spelled.filter(|word| is_slip(&fold(typed), &fold(word))) {
            out.replace_range(corrected.span.clone(), &word);
            untouched = corrected.span.start;
        }
    }
    (out != text).then_some(out)
}

/// How an article writes a term, in the form that is nearest to what was typed: "deliveries" for "delievries".
fn spelling(generation: &Generation, article: &Article, id: TermId, typed: &str) -> Option<String> {
    let lang = generation.language_of(article);
    let texts = std::iter::once(article.title.as_str()).chain(article.passages.iter().map(|p| p.text.as_str()));
    let typed: Vec<char> = fold(typed).chars().collect();
    let mut forms: Vec<String> = texts
        .flat_map(|text| {
            let tokens = analyze(text, lang).into_iter();
            let same = tokens.filter(|token| generation.vocabulary().id(&token.term) == Some(id));
            same.map(|token| text[token.span].to_lowercase()).collect::<Vec<_>>()
        })
        .collect();
    forms.sort_unstable();
    forms.dedup();
    let far = |form: &String| {
        let form: Vec<char> = fold(form).chars().collect();
        edit_distance(&typed, &form, typed.len()).unwrap_or(usize::MAX)
    };
    forms.into_iter().min_by_key(far)
}

/// The indexes always bring something; a page shows what has at least something of the question.
fn resembles(ranked: &Ranked) -> bool {
    let value = |feature: F| ranked.featured.values[feature as usize];
    value(F::cover_all) >= 0.4 || value(F::cos_best) >= 0.42 || value(F::grams) >= 0.4
}

fn hit(generation: &Generation, query: &Query, ranked: &Ranked) -> Hit {
    let article = &generation.articles()[ranked.featured.article];
    let lang = generation.language_of(article);
    let passage = article.passages.get(ranked.featured.passage);
    let section = passage
        .and_then(|passage| passage.section)
        .and_then(|section| article.sections.get(section));
    let text = passage
        .filter(|passage| passage.section.is_some())
        .map_or("", |passage| passage.text.as_str());
    let (snippet, highlights) = snippet(text, &generation.highlights(text, lang, query));
    let anchor = section.map_or("", |section| section.anchor.as_str());
    Hit {
        article: article.id.0.clone(),
        title: article.title.clone(),
        title_highlights: generation.highlights(&article.title, lang, query),
        url: address(article, anchor),
        lang: lang.to_owned(),
        category: article.category.clone(),
        heading_path: section
            .filter(|section| !section.anchor.is_empty())
            .map(|section| section.heading_path.clone())
            .unwrap_or_default(),
        snippet,
        highlights,
        score: ranked.score,
    }
}

fn address(article: &Article, anchor: &str) -> String {
    let mark = if anchor.is_empty() { "" } else { "#" };
    format!("/articles/{}{mark}{anchor}", article.url_path)
}

/// A piece of the text around its first match, cut at white space where there is some, line ends made spaces.
fn snippet(text: &str, highlights: &[[usize; 2]]) -> (String, Vec<[usize; 2]>) {
    let first = highlights.first().map_or(0, |span| span[0]);
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let mut start = boundary(first.saturating_sub(80));
    if start > 0 {
        start = text[start..first]
            .find(char::is_whitespace)
            .map_or(start, |at| start + at + 1);
        start = boundary(start.min(text.len()));
    }
    let mut end = text[start..]
        .char_indices()
        .nth(SNIPPET)
        .map_or(text.len(), |(at, _)| start + at);
    if end < text.len() {
        end = text[start..end]
            .rfind(char::is_whitespace)
            .filter(|at| *at > SNIPPET / 2)
            .map_or(end, |at| start + at);
    }
    let before = if start > 0 { "… " } else { "" };
    let after = if end < text.len() { " …" } else { "" };
    let piece: String = text[start..end]
        .chars()
        .map(|c| if c == '\n' || c == '\t' { ' ' } else { c })
        .collect();
    let moved = highlights
        .iter()
        .filter(|span| span[0] >= start && span[1] <= end)
        .map(|span| [span[0] - start + before.len(), span[1] - start + before.len()])
        .collect();
    (format!("{before}{piece}{after}"), moved)
}

impl Generation {
    /// Bytes of `text` (in the language `lang`) that a question's words match, fillers left out; neighbours are joined.
    pub fn highlights(&self, text: &str, lang: &str, query: &Query) -> Vec<[usize; 2]> {
        let wanted = |id: TermId| query.terms.iter().any(|term| !term.filler && term.ids.contains(&id));
        self.spans_of(text, lang, &wanted)
    }

    fn spans_of(&self, text: &str, lang: &str, wanted: &dyn Fn(TermId) -> bool) -> Vec<[usize; 2]> {
        let mut found: Vec<[usize; 2]> = Vec::new();
        for token in analyze(text, lang) {
            if token.filler || !self.vocabulary().id(&token.term).is_some_and(wanted) {
                continue;
            }
            let (start, end) = (token.span.start, token.span.end);
            match found.last_mut() {
                Some(last) if start <= last[1] || text[last[1]..start].chars().all(char::is_whitespace) => {
                    last[1] = last[1].max(end)
                }
                _ => found.push([start, end]),
            }
        }
        found
    }
}

/// The typed words; the last one may be unfinished.
struct Typed {
    words: Vec<(Vec<TermId>, f32)>,
}

impl Typed {
    fn new(generation: &Generation, text: &str, lang: Option<&str>) -> Self {
        let statistics = &generation.statistics;
        let query = Query::new(text, lang, statistics);
        let mut words: Vec<(Vec<TermId>, f32)> = query.terms.iter().map(|term| (term.ids.clone(), term.idf)).collect();
        let unfinished = text.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
        if !unfinished.is_empty() {
            let completions = statistics.vocabulary.with_prefix(&fold(unfinished), COMPLETIONS);
            match words.last_mut() {
                Some((ids, idf)) if !completions.is_empty() => {
                    *idf = completions
                        .iter()
                        .map(|id| statistics.vocabulary.idf(Some(*id)))
                        .fold(f32::MAX, f32::min)
                        .max(1.0);
                    // An exact word beside its completions; a guess at a misspelling gives way to them.
                    let exact = ids.len() == 1 && statistics.vocabulary.term(ids[0]).starts_with(&fold(unfinished));
                    if !exact {
                        ids.clear();
                    }
                    ids.extend(completions);
                    ids.dedup();
                }
                _ => {}
            }
        }
        Typed { words }
    }

    /// How well a phrase takes up the typed words, 0 to 1; short phrases that they fill are better than long ones.
    fn fit(&self, phrase: &Phrase) -> f32 {
        let total: f32 = self.words.iter().map(|(_, idf)| idf).sum();
        let shared: f32 = self
            .words
            .iter()
            .filter(|(ids, _)| ids.iter().any(|id| phrase.terms.contains(id)))
            .map(|(_, idf)| idf)
            .sum();
        if shared == 0.0 {
            return 0.0;
        }
        let in_order = self
            .words
            .first()
            .is_some_and(|(ids, _)| phrase.terms.first().is_some_and(|first| ids.contains(first)));
        shared / total.max(1e-6) * 0.8 + 0.15 * (shared / phrase.weight.max(shared)) + if in_order { 0.05 } else { 0.0 }
    }
}

fn suggestions(generation: &Generation, text: &str, lang: Option<&str>, limit: usize) -> Vec<Suggestion> {
    let statistics = &generation.statistics;
    let typed = Typed::new(generation, text, lang);
    let terms = typed
        .words
        .iter()
        .flat_map(|(ids, _)| ids.iter().map(|id| (statistics.vocabulary.term(*id), 1.0)));
    // A damaged index shows itself elsewhere; while typing there is just nothing to suggest.
    let Ok(found) = generation.lexical.best(Part::All, terms, SUGGESTED_FROM) else {
        return Vec::new();
    };
    let mut scored: Vec<(f32, usize, Line)> = Vec::new();
    for (at, bm25) in found {
        let article = &generation.articles()[at];
        if article.status != Status::Live {
            continue;
        }
        let document = &statistics.documents[at];
        let titles = document
            .titles
            .iter()
            .enumerate()
            .map(|(at, phrase)| (if at == 0 { Line::Title } else { Line::Heading(at - 1) }, phrase));
        let questions = document
            .questions
            .iter()
            .enumerate()
            .map(|(at, phrase)| (Line::Question(at), phrase));
        let best = titles
            .chain(questions)
            .map(|(line, phrase)| {
                (
                    typed.fit(phrase) + if matches!(line, Line::Title) { 0.1 } else { 0.0 },
                    line,
                )
            })
            .fold(
                (0.05, Line::Title),
                |best, next| if next.0 > best.0 { next } else { best },
            );
        let same = lang.is_none_or(|lang| generation.language_of(article) == lang);
        let score = best.0 + 0.01 * bm25 + if same { 1.0 } else { 0.0 };
        scored.push((score, at, best.1));
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored
        .into_iter()
        .take(limit)
        .map(|(_, at, line)| suggestion(generation, &typed, &generation.articles()[at], line))
        .collect()
}

/// The line of an article that fits what was typed.
#[derive(Clone, Copy)]
enum Line {
    Title,
    Heading(usize),
    Question(usize),
}

fn suggestion(generation: &Generation, typed: &Typed, article: &Article, line: Line) -> Suggestion {
    let lang = generation.language_of(article);
    let section = |at: usize| {
        article
            .sections
            .iter()
            .filter(|section| !section.anchor.is_empty())
            .nth(at)
    };
    let (text, anchor) = match line {
        Line::Title => (article.title.as_str(), ""),
        Line::Heading(at) => section(at).map_or((article.title.as_str(), ""), |section| {
            (section.heading(), section.anchor.as_str())
        }),
        Line::Question(at) => (article.questions.get(at).unwrap_or(&article.title).as_str(), ""),
    };
    let wanted = |id: TermId| typed.words.iter().any(|(ids, _)| ids.contains(&id));
    Suggestion {
        article: article.id.0.clone(),
        text: text.to_owned(),
        highlights: generation.spans_of(text, lang, &wanted),
        title: article.title.clone(),
        url: address(article, anchor),
        lang: lang.to_owned(),
        category: article.category.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_no_article_has_is_not_always_a_slip() {
        for (typed, word) in [
            ("delievry", "delivery"),
            ("grindr", "grinder"),
            ("mony", "money"),
            ("considerd", "considered"),
        ] {
            assert!(is_slip(typed, word), "{typed}");
        }
        for (typed, word) in [
            ("mother", "other"),
            ("wont", "want"),
            ("mengubah", "mengubahnya"),
            ("terlalu", "lalu"),
            ("kenapa", "nama"),
        ] {
            assert!(!is_slip(typed, word), "{typed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_snippet_keeps_its_highlights(text in "\\PC{0,600}", at in 0usize..600, length in 1usize..20) {
            let floor = |mut at: usize| { at = at.min(text.len()); while !text.is_char_boundary(at) { at -= 1 } at };
            let span = [floor(at), floor(at + length)];
            let spans = if span[0] < span[1] { vec![span] } else { vec![] };
            let (piece, moved) = snippet(&text, &spans);
            for span in moved {
                proptest::prop_assert!(piece.get(span[0]..span[1]).is_some());
            }
        }
    }
}
