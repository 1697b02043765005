//! `/search`: the answer, the choice or the person first, then ranked articles.

use std::{cmp::Reverse, collections::BTreeMap};

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    ask::AskForm,
    category::{Group, crumbs, title_of, top_groups},
    lang,
    page::{Cache, Frame, Link, Piece, Visit, encode_param, pieces, send},
    words::{Words, fill},
};
use crate::{
    answer::{Decision, HandoffReason, Outcome, Question},
    http::{
        Client, Operation, Params, Problem, given, primary_language, question_text,
        state::{Asked, Channel, Web, handed_over_by_rule},
    },
    kb::ArticleId,
    search::{Hit, SearchPage, SearchQuery},
    shorten::shortened,
};

/// Results on one page.
const PER_PAGE: usize = 10;
/// As many articles as are ranked at all.
const RANKED: usize = 50;
/// Folders offered to narrow the results; more do not fit one line.
const CATEGORIES: usize = 5;
/// Results shown when none of them is an answer.
const NEAREST: usize = 3;

#[derive(Deserialize)]
pub struct SearchParams {
    q: Option<String>,
    category: Option<String>,
    only: Option<String>,
    offset: Option<String>,
    live: Option<String>,
}

/// How much of the page is wanted. While somebody types, the script asks for its parts; nothing of that is recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// All of it, and the question is recorded: it was sent.
    Sent,
    /// `live=answer`: all of it, after a pause in typing.
    Pause,
    /// `live=rows`: the ranked articles alone, after a key.
    Key,
}

impl Depth {
    fn of(live: Option<&str>) -> Self {
        match live {
            Some("rows") => Depth::Key,
            Some(_) => Depth::Pause,
            None => Depth::Sent,
        }
    }
}

/// The passage that answers the question.
struct AnswerCard {
    article: String,
    /// Id of the decision, if it was recorded: votes name it.
    decision: Option<String>,
    html: String,
    title: String,
    href: String,
    section: Vec<String>,
    verified: Option<String>,
    lang: String,
    dir: &'static str,
}

/// A person answers: who, and the form.
struct PersonCard {
    title: String,
    message: String,
}

/// One article found.
struct Row {
    href: String,
    title: String,
    title_highlights: Vec<[usize; 2]>,
    crumbs: Vec<String>,
    snippet: String,
    highlights: Vec<[usize; 2]>,
    lang: String,
    /// The language's name where it is not the reader's.
    other_language: Option<String>,
}

impl Row {
    fn title_pieces(&self) -> Vec<Piece<'_>> {
        pieces(&self.title, &self.title_highlights)
    }

    /// Cells of a table stand beside each other here: a bar between them is for programs.
    fn plain(piece: &str) -> String {
        piece.replace(" |", " ·")
    }

    fn snippet_pieces(&self) -> Vec<Piece<'_>> {
        pieces(&self.snippet, &self.highlights)
    }
}

/// A link that narrows the results.
struct Filter {
    link: Link,
    current: bool,
}

#[derive(Template)]
#[template(path = "search.html")]
struct ResultsPage {
    frame: Frame,
    heading: String,
    count: String,
    /// The same search, spelled as it was probably meant.
    meant: Option<Link>,
    lexical: bool,
    answer: Option<AnswerCard>,
    choices: Vec<Link>,
    person: Option<PersonCard>,
    form: Option<AskForm>,
    nothing: bool,
    unsure: bool,
    topics: Vec<Group>,
    rows: Vec<Row>,
    categories: Vec<Filter>,
    languages: Vec<Filter>,
    previous: Option<String>,
    next: Option<String>,
    ask: String,
}

/// What was asked for, checked.
struct Wanted {
    text: String,
    category: Option<String>,
    only_lang: Option<String>,
    offset: usize,
}

impl Wanted {
    /// A plain search is a question; narrowing or paging through it is not asking again.
    fn is_question(&self) -> bool {
        self.offset == 0 && self.category.is_none() && self.only_lang.is_none()
    }

    fn href(&self, frame: &Frame, category: Option<&str>, only_lang: Option<&str>, offset: usize) -> String {
        let mut path = format!("/search?q={}", encode_param(&self.text));
        for (name, value) in [("category", category), ("only", only_lang)] {
            if let Some(value) = value {
                path.push_str(&format!("&{name}={}", encode_param(value)));
            }
        }
        if offset > 0 {
            path.push_str(&format!("&offset={offset}"));
        }
        frame.link(&path)
    }
}

/// The results.
pub async fn search(
    State(web): State<Web>,
    visit: Visit,
    client: Client,
    Params(params): Params<SearchParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(q) = given(params.q) else {
        return Ok(Redirect::to(&Frame::new(&web, &visit, "").link("/")).into_response());
    };
    let depth = Depth::of(params.live.as_deref());
    let operation = if depth == Depth::Key {
        Operation::Search
    } else {
        Operation::Ask
    };
    web.limits().check(operation, client)?;
    let wanted = Wanted {
        text: question_text(&q)?,
        category: given(params.category),
        only_lang: params
            .only
            .as_deref()
            .and_then(primary_language)
            .filter(|lang| visit.languages.contains(lang)),
        // A page number that is none is the first page: addresses get mangled, and results are better than an error.
        offset: params
            .offset
            .and_then(|offset| offset.parse().ok())
            .filter(|&offset| offset < RANKED)
            .unwrap_or(0),
    };
    let query = query(&wanted, &visit);
    let (found, decision) = tokio::join!(web.search(&query), decide(&web, &visit, client, &wanted, depth));
    let mut found = found?;
    let is_empty = found.hits.is_empty();
    if is_empty && !wanted.is_question() {
        // Nothing with these filters: the nearest without them.
        found = web
            .search(&SearchQuery {
                only_lang: None,
                category: None,
                ..query
            })
            .await?;
    }
    let page = results_page(&web, &visit, &wanted, found, is_empty, decision, depth);
    send(&page, StatusCode::OK, Cache::Private, &headers)
}

fn query(wanted: &Wanted, visit: &Visit) -> SearchQuery {
    SearchQuery {
        text: wanted.text.clone(),
        lang: visit.lang_for(&wanted.text),
        only_lang: wanted.only_lang.clone(),
        category: wanted.category.clone(),
        offset: 0,
        limit: RANKED,
    }
}

/// The decision about a plain search. If none can be taken, the results are still worth showing; the failure has been
/// logged and counted where it happened.
async fn decide(web: &Web, visit: &Visit, client: Client, wanted: &Wanted, depth: Depth) -> Option<Decision> {
    if !wanted.is_question() || depth == Depth::Key {
        return None;
    }
    let mut context = serde_json::Map::new();
    context.insert("page_url".to_owned(), "/search".into());
    let question = Question {
        text: wanted.text.clone(),
        lang: visit.lang_for(&wanted.text),
        context,
    };
    // Loading the page again asks nothing new.
    let records = depth == Depth::Sent && !web.is_repeat(client, &wanted.text);
    let asked = Asked {
        question,
        record: records,
        open_ticket: false,
        explain: false,
        channel: Channel::Page,
    };
    let decision = web.ask(asked).await.ok()?;
    if records {
        web.remember(client, &wanted.text);
    }
    Some(decision)
}

fn results_page(
    web: &Web,
    visit: &Visit,
    wanted: &Wanted,
    found: SearchPage,
    is_empty: bool,
    decision: Option<Decision>,
    depth: Depth,
) -> ResultsPage {
    let words = visit.words;
    let heading = fill(&words.results_for, &[("q", &as_heading(&wanted.text))]);
    let mut frame = Frame::new(web, visit, &heading).noindex();
    frame.q.clone_from(&wanted.text);
    frame.is_live = true;
    let no_match = decision
        .as_ref()
        .and_then(|d| d.handoff.as_ref())
        .is_some_and(|h| h.reason == HandoffReason::NoMatch);
    let nothing = is_empty || no_match;
    let (category, only) = (wanted.category.as_deref(), wanted.only_lang.as_deref());
    let total = found.hits.len();
    let shown = if nothing { NEAREST } else { PER_PAGE };
    let next = wanted.offset + PER_PAGE;
    let person = decision
        .as_ref()
        .filter(|d| handed_over_by_rule(d))
        .and_then(|d| person_card(d, words));
    let categories = categories(&found.hits, visit, wanted, &frame);
    ResultsPage {
        answer: decision
            .as_ref()
            .and_then(|decision| answer_card(visit, decision, depth == Depth::Sent)),
        meant: found.meant.as_ref().map(|text| Link {
            href: meant_href(wanted, text, &frame),
            text: text.clone(),
        }),
        choices: decision.as_ref().map_or_else(Vec::new, choices),
        form: person
            .is_some()
            .then(|| AskForm::new(web, visit, &wanted.text, "/search")),
        count: words.count_results(total),
        lexical: web.lexical_because().is_some(),
        nothing: nothing && person.is_none(),
        unsure: !nothing && is_unsure(decision.as_ref()) && is_sentence(&wanted.text),
        categories,
        languages: languages(visit, wanted, &frame),
        previous: (wanted.offset > 0)
            .then(|| wanted.href(&frame, category, only, wanted.offset.saturating_sub(PER_PAGE))),
        next: (!nothing && next < total).then(|| wanted.href(&frame, category, only, next)),
        ask: frame.ask_link(&wanted.text, "/search"),
        topics: if found.hits.is_empty() {
            top_groups(&visit.listed().collect::<Vec<_>>(), visit, &frame)
        } else {
            Vec::new()
        },
        rows: found
            .hits
            .into_iter()
            .skip(if nothing { 0 } else { wanted.offset })
            .take(shown)
            .map(|hit| row(hit, visit, &frame))
            .collect(),
        person,
        heading,
        frame,
    }
}

/// The same search, narrowed in the same way, with other words.
fn meant_href(wanted: &Wanted, text: &str, frame: &Frame) -> String {
    let meant = Wanted {
        text: text.to_owned(),
        category: wanted.category.clone(),
        only_lang: wanted.only_lang.clone(),
        offset: 0,
    };
    meant.href(frame, wanted.category.as_deref(), wanted.only_lang.as_deref(), 0)
}

fn is_unsure(decision: Option<&Decision>) -> bool {
    decision
        .and_then(|decision| decision.handoff.as_ref())
        .is_some_and(|handoff| handoff.reason == HandoffReason::LowConfidence)
}

/// Whether this is a question and not a word that is looked up: three words, or as many letters where words are not
/// written apart.
fn is_sentence(text: &str) -> bool {
    const WORDS: usize = 3;
    const LETTERS: usize = 8;
    text.split_whitespace().count() >= WORDS || text.chars().filter(|c| !c.is_ascii()).count() >= LETTERS
}

/// A story of three sentences is too long for a heading.
fn as_heading(text: &str) -> String {
    const LONGEST: usize = 80;
    shortened(&text.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST)
}

fn answer_card(visit: &Visit, decision: &Decision, is_recorded: bool) -> Option<AnswerCard> {
    let answer = decision.answer.as_ref()?;
    let article = visit.generation.article(&ArticleId(answer.article.id.clone()));
    let lang = article
        .map_or(visit.lang.as_str(), |article| visit.generation.language_of(article))
        .to_owned();
    let anchor = answer.section.as_ref().map_or("", |section| section.anchor.as_str());
    let href = if anchor.is_empty() {
        answer.article.url.clone()
    } else {
        format!("{}#{anchor}", answer.article.url)
    };
    let section = answer
        .section
        .as_ref()
        .map_or_else(Vec::new, |section| section.heading_path.clone());
    Some(AnswerCard {
        article: answer.article.id.clone(),
        decision: is_recorded.then(|| decision.id.clone()),
        html: answer.html.clone(),
        section: section
            .into_iter()
            .filter(|heading| *heading != answer.article.title)
            .collect(),
        title: answer.article.title.clone(),
        href,
        verified: article.and_then(|a| a.verified_at.clone()),
        dir: lang::direction(&lang),
        lang,
    })
}

fn choices(decision: &Decision) -> Vec<Link> {
    if decision.decision != Outcome::Clarify {
        return Vec::new();
    }
    decision
        .options
        .iter()
        .map(|o| Link {
            href: o.article.url.clone(),
            text: o.article.title.clone(),
        })
        .collect()
}

fn person_card(decision: &Decision, words: &Words) -> Option<PersonCard> {
    let handoff = decision.handoff.as_ref()?;
    // A team of no particular subject says nothing to a reader.
    let title = match words.teams.get(&handoff.team).filter(|_| handoff.team != "support") {
        // German nouns keep their capital.
        Some(team) if words.code == "de" => fill(&words.person_title_team, &[("team", team)]),
        Some(team) => fill(&words.person_title_team, &[("team", &team.to_lowercase())]),
        None => words.person_title.clone(),
    };
    Some(PersonCard {
        title,
        message: handoff.message.clone(),
    })
}

fn row(hit: Hit, visit: &Visit, frame: &Frame) -> Row {
    let folders = crumbs(&hit.category, visit, frame).into_iter().map(|link| link.text);
    let headings = hit.heading_path.into_iter().filter(|heading| *heading != hit.title);
    Row {
        crumbs: folders.chain(headings).collect(),
        other_language: (hit.lang != frame.lang).then(|| lang::name(&hit.lang).to_owned()),
        href: hit.url,
        title: hit.title,
        title_highlights: hit.title_highlights,
        snippet: hit.snippet,
        highlights: hit.highlights,
        lang: hit.lang,
    }
}

/// The most frequent top folders among the results; none when there is nothing to choose.
fn categories(hits: &[Hit], visit: &Visit, wanted: &Wanted, frame: &Frame) -> Vec<Filter> {
    let only = wanted.only_lang.as_deref();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in hits
        .iter()
        .filter_map(|hit| hit.category.split('/').next())
        .filter(|name| !name.is_empty())
    {
        *counts.entry(name).or_default() += 1;
    }
    let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
    names.sort_by_key(|&(_, count)| Reverse(count));
    let mut names: Vec<&str> = names.into_iter().take(CATEGORIES).map(|(name, _)| name).collect();
    names.extend(wanted.category.as_deref().filter(|name| !names.contains(name)));
    if names.len() < 2 && wanted.category.is_none() {
        return Vec::new();
    }
    let filter = |name: Option<&str>| Filter {
        link: Link {
            href: wanted.href(frame, name, only, 0),
            text: name.map_or_else(|| frame.w.filter_all.clone(), |name| title_of(name, visit)),
        },
        current: name == wanted.category.as_deref(),
    };
    std::iter::once(None)
        .chain(names.into_iter().map(Some))
        .map(filter)
        .collect()
}

fn languages(visit: &Visit, wanted: &Wanted, frame: &Frame) -> Vec<Filter> {
    if visit.languages.len() < 2 {
        return Vec::new();
    }
    let category = wanted.category.as_deref();
    let filter = |code: Option<&str>| Filter {
        link: Link {
            href: wanted.href(frame, category, code, 0),
            text: code.map_or_else(|| frame.w.filter_all.clone(), |code| lang::name(code).to_owned()),
        },
        current: code == wanted.only_lang.as_deref(),
    };
    std::iter::once(None)
        .chain(visit.languages.iter().map(|code| Some(code.as_str())))
        .map(filter)
        .collect()
}
