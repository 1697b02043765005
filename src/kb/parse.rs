//! One decoded file becomes one [`Article`].

use std::{ops::Range, path::PathBuf};

use sha2::{Digest, Sha256};

use super::{
    Article, ArticleId, Options, Passage, Problem, Severity, Status,
    asides::Form,
    blocks,
    fields::{Commas, Fields},
    front_matter,
    lang::{self, PathLanguages},
    mask::{Dialect, FootnoteMarks, Masked, mask},
    path_name::{PathName, parent},
    sections::{Body, Heading, heading_text_span},
};

/// Turns the decoded file at `path` (relative to the kb, with `/`) into an article, and says what is odd in it.
///
/// Pure: nothing is read, links are not followed. Every text gives an article.
pub fn parse(path: &str, source: &str, options: &Options) -> (Article, Vec<Problem>) {
    parse_in(
        path,
        source.to_owned(),
        options,
        &PathLanguages::listed(&options.languages),
    )
}

pub(super) fn parse_in(
    path: &str,
    source: String,
    options: &Options,
    languages: &PathLanguages,
) -> (Article, Vec<Problem>) {
    let mut report = Report {
        path,
        lines: LineTable::new(&source),
        problems: Vec::new(),
    };
    let front = front_matter::split(&source);
    if let Some(broken) = &front.broken {
        report.warn(
            Some(broken.at),
            format!(
                "the front matter cannot be read ({}); only the text is used, correct it",
                broken.reason
            ),
        );
    }
    let dialect = Dialect::of_path(path);
    let masked = mask(&source, front.body_start, dialect, FootnoteMarks::Keep);
    report.unclosed(&source, &masked);
    let blocks = blocks::blocks(&masked.text, &masked.asides);
    let body = Body::new(&source, &masked.text, &blocks, dialect, front.body_start);
    for heading in body.headings.iter().filter(|h| h.taken) {
        report.warn(
            Some(heading.range.start),
            format!("another heading has this id already; this one is #{}", heading.anchor),
        );
    }

    let front_at = front.inner_start();
    let mut fields = Fields::new(front.values);
    let name = PathName::of(path);
    let (title, title_span) = title(&mut fields, &source, &front.inner, &body.headings, &masked, &name);
    let id = fields
        .text(&["id"])
        .map_or_else(|| name.id.clone(), |id| id.trim_matches('/').to_owned());
    let id = if id.is_empty() { name.id.clone() } else { id };
    let in_path = languages.split(&name.id);
    let stated = fields.text(&["lang", "locale", "language"]);
    let lang = stated.as_deref().and_then(lang::primary).or(in_path.lang);
    if let Some(stated) = stated.filter(|l| lang::primary(l).is_none()) {
        report.warn(
            front_at,
            format!("the language {stated:?} is not known; use a code such as en or pt-BR"),
        );
    }
    let translation_key = fields
        .text(&["translation_key", "translationKey"])
        .unwrap_or_else(|| languages.split(&id).without);
    let url_path = url_path(&mut fields, &id);
    let category = if name.is_index {
        in_path.without.as_str()
    } else {
        parent(&in_path.without)
    };
    let category = if name.is_index && category == "index" {
        ""
    } else {
        category
    };

    let (sections, passages) = body.cut(&title, options.passage_chars);
    let passages = if passages.is_empty() {
        // An index file may be there for the folder's name alone.
        if !name.is_index {
            report.warn(
                None,
                "the article has no text; its title is all that can be found".to_owned(),
            );
        }
        vec![Passage {
            section: None,
            span: title_span.clone(),
            text: title.clone(),
        }]
    } else {
        passages
    };

    let expires_at = fields.date(&["expiryDate", "expires", "expires_at"]);
    let draft = fields.flag(&["draft"]) == Some(true);
    let unpublished = fields.flag(&["published"]) == Some(false);
    let unlisted = fields.flag(&["unlisted"]) == Some(true);
    let expired = expires_at.as_ref().is_some_and(|day| *day <= options.today);
    let status = match () {
        () if draft || unpublished => Status::Draft,
        () if expired => Status::Expired,
        () if unlisted => Status::Unlisted,
        () => Status::Live,
    };
    let date = fields.date(&["date"]);
    let updated_at = fields
        .date(&[
            "lastmod",
            "last_updated",
            "last_update",
            "last_modified_at",
            "updated_at",
        ])
        .or(date);
    let article = Article {
        id: ArticleId(id),
        path: path.to_owned(),
        url_path,
        lang,
        translation_key,
        title,
        title_span,
        description: fields.text(&["description", "summary"]),
        tags: fields.list(&["tags", "categories", "keywords"], Commas::Separate),
        questions: fields.list(&["questions"], Commas::AreText),
        aliases: aliases(&mut fields),
        category: category.to_owned(),
        status,
        topic: fields.text(&["topic"]),
        answerable: fields.flag(&["answerable"]),
        owner: fields.text(&["owner"]),
        audience: fields.text(&["audience"]),
        products: fields.list(&["products", "product"], Commas::Separate),
        verified_at: fields.date(&["verified_at"]),
        review_every: fields.text(&["review_every"]),
        updated_at,
        expires_at,
        version: version(&source),
        sections,
        passages,
        extra: {
            for (key, wanted) in &fields.unusable {
                report.warn(
                    front_at,
                    format!("the front matter key {key:?} should be {wanted}; it is ignored"),
                );
            }
            fields.rest()
        },
        source: String::new(),
    };
    let problems = report.problems;
    (Article { source, ..article }, problems)
}

fn version(source: &str) -> String {
    let digest = Sha256::digest(source.as_bytes());
    format!("sha256:{}", hex::encode(digest))
}

/// Line numbers of byte offsets without counting from the top each time.
pub(super) struct LineTable(Vec<usize>);

impl LineTable {
    pub(super) fn new(source: &str) -> Self {
        Self(
            source
                .bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .map(|(i, _)| i)
                .collect(),
        )
    }

    /// 1-based line of a byte offset.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|&newline| newline < offset) + 1
    }
}

struct Report<'a> {
    path: &'a str,
    lines: LineTable,
    problems: Vec<Problem>,
}

impl Report<'_> {
    fn warn(&mut self, at: Option<usize>, reason: String) {
        let line = at.map(|at| self.lines.line(at));
        self.problems.push(Problem {
            severity: Severity::Warning,
            path: PathBuf::from(self.path),
            line,
            reason,
        });
    }

    fn unclosed(&mut self, source: &str, masked: &Masked) {
        for aside in masked.asides.iter().filter(|a| a.form == Form::Fenced(None)) {
            self.warn(
                Some(aside.start),
                "this ::: is never closed; add a line with ::: behind its text".to_owned(),
            );
        }
        if let Some(at) = masked.text.rfind("\n<!--").map(|i| i + 1)
            && !source[at..].contains("-->")
        {
            self.warn(
                Some(at),
                "this comment is never closed, so the rest of the file is hidden; add -->".to_owned(),
            );
        }
    }
}

impl front_matter::FrontMatter {
    fn inner_start(&self) -> Option<usize> {
        (!self.inner.is_empty()).then_some(self.inner.start)
    }
}

fn url_path(fields: &mut Fields, id: &str) -> String {
    let whole = |address: &str| address.trim_matches('/').to_owned();
    if let Some(permalink) = fields.text(&["permalink"]) {
        return Some(whole(&permalink))
            .filter(|p| !p.is_empty() && !p.contains(':'))
            .unwrap_or_else(|| id.to_owned());
    }
    match fields.text(&["slug"]) {
        Some(slug) if slug.trim_matches('/').is_empty() => id.to_owned(),
        Some(slug) if slug.starts_with('/') => whole(&slug),
        Some(slug) if parent(id).is_empty() => whole(&slug),
        Some(slug) => format!("{}/{}", parent(id), whole(&slug)),
        None => id.to_owned(),
    }
}

fn aliases(fields: &mut Fields) -> Vec<String> {
    let raw = fields.list(&["aliases", "redirect_from"], Commas::Separate);
    raw.iter()
        .map(|a| a.trim_matches('/').to_owned())
        .filter(|a| !a.is_empty())
        .collect()
}

fn title(
    fields: &mut Fields,
    source: &str,
    front: &Range<usize>,
    headings: &[Heading],
    masked: &Masked,
    name: &PathName,
) -> (String, Range<usize>) {
    if let Some(title) = fields.text(&["title"]) {
        let title = one_line(&title);
        if !title.is_empty() {
            let span = title_in_front_matter(&source[front.clone()], &title);
            return (title, front.start + span.start..front.start + span.end);
        }
    }
    let with_text = || headings.iter().filter(|h| !h.text.trim().is_empty());
    match with_text().find(|h| h.level == 1).or_else(|| with_text().next()) {
        Some(heading) => (heading.text.clone(), heading_text_span(&masked.text, &heading.range)),
        None => (name.words.clone(), 0..0),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(char::is_control, "")
}

/// Where the title's value stands in the front matter: the words themselves, or the rest of the key's line.
fn title_in_front_matter(front: &str, title: &str) -> Range<usize> {
    let mut at = 0;
    for line in front.split_inclusive('\n') {
        let key_len = line.find([':', '=']).unwrap_or(0);
        let key = line[..key_len].trim().trim_matches(['{', '"', '\'', ' ', ',']);
        if key.eq_ignore_ascii_case("title") {
            let value_at = at + key_len + 1;
            if let Some(i) = front[value_at..].find(title) {
                return value_at + i..value_at + i + title.len();
            }
            let value = &line[key_len + 1..];
            let start = value_at + (value.len() - value.trim_start().len());
            return start..(value_at + value.trim_end().len()).max(start);
        }
        at += line.len();
    }
    0..0
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
