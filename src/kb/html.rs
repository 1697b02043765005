//! Sanitised HTML of an article or of a piece of it.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    ops::Range,
    sync::LazyLock,
};

use ammonia::Builder;
use pulldown_cmark::{BlockQuoteKind, CowStr, Event, LinkType, Tag, TagEnd, html::push_html};

use super::{
    Article,
    anchors::Anchors,
    asides::{Aside, Form, KINDS},
    blocks, front_matter, markdown,
    mask::{Dialect, FootnoteMarks, mask},
    sections::Body,
    tags,
};

/// Deeper nesting than this is flattened: browsers and the sanitiser take quadratic time for it.
const DEEPEST: usize = 64;

/// Sanitised HTML of the bytes `span` of an article's source, e.g. of a passage.
///
/// `links` gives the address to show for a link or image target as written; `None` keeps it. Links by reference are
/// resolved with the whole article's definitions. A span that is not one of the article gives an empty text.
pub fn html(article: &Article, span: Range<usize>, links: &dyn Fn(&str) -> Option<String>) -> String {
    let Some(piece) = article.source.get(span) else {
        return String::new();
    };
    let dialect = Dialect::of_path(&article.path);
    let masked = mask(piece, 0, dialect, FootnoteMarks::Hide);
    let text = markdown::with_table_header(masked.text);
    let asides = if text.len() == piece.len() {
        masked.asides
    } else {
        Vec::new()
    };
    let mut definitions: Option<HashMap<String, (String, String)>> = None;
    let define = |label: &str| {
        let known = definitions.get_or_insert_with(|| definitions_of(article, dialect));
        known.get(&label.to_lowercase()).cloned()
    };
    let mut writer = Writer::new(piece, &text, asides, links, Headings::Bare);
    for (event, range) in markdown::events_of_piece(&text, define) {
        writer.event(event, range);
    }
    let mut html = writer.finish();
    if text.len() != piece.len()
        && let (Some(start), Some(end)) = (html.find("<thead>"), html.find("</thead>"))
    {
        // The empty header that rows without one were given.
        html.replace_range(start..end + "</thead>".len(), "");
    }
    sanitiser().clean(&html).to_string()
}

/// Sanitised HTML of an article's body: headings with their anchors, without the heading that repeats the title.
pub fn page_html(article: &Article, links: &dyn Fn(&str) -> Option<String>) -> String {
    let source = &article.source;
    let front = front_matter::split(source);
    let dialect = Dialect::of_path(&article.path);
    let masked = mask(source, front.body_start, dialect, FootnoteMarks::Keep);
    let blocks = blocks::blocks(&masked.text, &masked.asides);
    let body = Body::new(source, &masked.text, &blocks, dialect, front.body_start);
    let left_out = body.leading_title(&article.title).map_or(0, |h| h.range.end);
    let anchors = body.headings.iter().map(|h| (h.range.end, h.anchor.clone())).collect();
    let mut writer = Writer::new(source, &masked.text, masked.asides, links, Headings::Anchored(anchors));
    for (event, range) in markdown::events(&masked.text) {
        if range.start >= left_out {
            writer.event(event, range);
        }
    }
    sanitiser().clean(&writer.finish()).to_string()
}

fn definitions_of(article: &Article, dialect: Dialect) -> HashMap<String, (String, String)> {
    let masked = mask(
        &article.source,
        front_matter::split(&article.source).body_start,
        dialect,
        FootnoteMarks::Keep,
    );
    let parser = markdown::parser(&masked.text);
    let definitions = parser.reference_definitions().iter();
    definitions
        .map(|(label, def)| {
            let title = def.title.as_deref().unwrap_or_default().to_owned();
            (label.to_lowercase(), (def.dest.to_string(), title))
        })
        .collect()
}

/// Unclosed formatting tags are repeated in every later block by the HTML rules, so fewer of them are let through.
const DEEPEST_RAW: usize = 32;

enum Headings {
    /// No ids: a piece is shown inside another page.
    Bare,
    /// Ends of the top-level headings and their anchors.
    Anchored(HashMap<usize, String>),
}

/// Turns parser events into events for the HTML writer of the parser.
struct Writer<'a> {
    source: &'a str,
    masked: &'a str,
    asides: std::iter::Peekable<std::vec::IntoIter<Aside>>,
    /// Open fenced asides: where they end and how many elements were open when they started.
    open_asides: Vec<(usize, usize)>,
    links: &'a dyn Fn(&str) -> Option<String>,
    headings: Headings,
    nested_anchors: Anchors,
    out: Vec<Event<'a>>,
    /// What each open element's end becomes.
    open: Vec<Close>,
    /// Open tags of raw HTML.
    raw_depth: usize,
    footnotes: HashMap<String, usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Close {
    Same,
    Nothing,
    Html(&'static str),
}

impl<'a> Writer<'a> {
    fn new(
        source: &'a str,
        masked: &'a str,
        asides: Vec<Aside>,
        links: &'a dyn Fn(&str) -> Option<String>,
        headings: Headings,
    ) -> Self {
        let mut nested_anchors = Anchors::default();
        if let Headings::Anchored(anchors) = &headings {
            for anchor in anchors.values() {
                nested_anchors.take("", Some(anchor));
            }
        }
        Self {
            source,
            masked,
            asides: asides.into_iter().peekable(),
            open_asides: Vec::new(),
            links,
            headings,
            nested_anchors,
            out: Vec::new(),
            open: Vec::new(),
            raw_depth: 0,
            footnotes: HashMap::new(),
        }
    }

    fn event(&mut self, event: Event<'a>, range: Range<usize>) {
        match event {
            Event::Start(tag) => {
                self.fenced_asides(range.start);
                let close = if self.open.len() < DEEPEST {
                    self.start(tag, &range)
                } else {
                    Close::Nothing
                };
                self.open.push(close);
            }
            Event::End(tag) => self.end(tag),
            Event::Html(html) => self.raw(html, Event::Html),
            Event::InlineHtml(html) => self.raw(html, Event::InlineHtml),
            Event::FootnoteReference(label) => {
                let number = self.footnote(&label);
                self.html(format!(
                    r##"<sup class="footnote-reference"><a href="#fn-{number}">{number}</a></sup>"##
                ));
            }
            Event::TaskListMarker(done) => {
                let (class, mark) = if done { ("task done", "☑") } else { ("task", "☐") };
                self.html(format!(r#"<span class="{class}">{mark}</span> "#));
            }
            other => self.out.push(other),
        }
    }

    fn start(&mut self, tag: Tag<'a>, range: &Range<usize>) -> Close {
        let tag = match tag {
            Tag::Heading { level, .. } => {
                let id = self.anchor(range).map(CowStr::from);
                Tag::Heading {
                    level,
                    id,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                }
            }
            Tag::BlockQuote(Some(kind)) => {
                self.html(format!("<aside class=\"{}\">\n", quote_class(kind)));
                return Close::Html("</aside>\n");
            }
            Tag::List(_) if self.next_is_indented_aside(range.start) => return Close::Nothing,
            Tag::Item if self.next_is_indented_aside(range.start) => {
                if let Some(aside) = self.asides.next() {
                    self.open_aside(&aside);
                }
                return Close::Html("</aside>\n");
            }
            Tag::FootnoteDefinition(label) => {
                let number = self.footnote(&label);
                self.html(format!(
                    "<div class=\"footnote-definition\" id=\"fn-{number}\"><sup class=\"footnote-definition-label\">{number}</sup>\n"
                ));
                return Close::Html("</div>\n");
            }
            Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            } => {
                let dest_url = self.address(&dest_url, link_type);
                if dest_url.is_empty() {
                    return Close::Nothing;
                }
                Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                }
            }
            Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            } => Tag::Image {
                link_type,
                dest_url: self.address(&dest_url, link_type),
                title,
                id,
            },
            other => other,
        };
        self.out.push(Event::Start(tag));
        Close::Same
    }

    fn end(&mut self, tag: TagEnd) {
        let Some(close) = self.open.pop() else { return };
        while self
            .open_asides
            .last()
            .is_some_and(|(_, depth)| *depth > self.open.len())
        {
            self.close_aside();
        }
        match close {
            Close::Same => self.out.push(Event::End(tag)),
            Close::Nothing => {}
            Close::Html(html) => self.out.push(Event::Html(html.into())),
        }
    }

    fn html(&mut self, html: String) {
        self.out.push(Event::InlineHtml(html.into()));
    }

    fn raw(&mut self, html: CowStr<'a>, event: fn(CowStr<'a>) -> Event<'a>) {
        for (at, _) in html.match_indices('<') {
            match tags::tag_at(&html[at..]) {
                Some(tag) if tag.closing && !tag.needs_no_closing() => {
                    self.raw_depth = self.raw_depth.saturating_sub(1)
                }
                Some(tag) if tag.opens() => self.raw_depth += 1,
                _ => {}
            }
        }
        if self.raw_depth <= DEEPEST_RAW {
            let mapped = match tags::map_addresses(&html, self.links) {
                Cow::Borrowed(_) => html,
                Cow::Owned(mapped) => mapped.into(),
            };
            self.out.push(event(mapped));
        } else {
            self.out.push(Event::Text(tags::text_of_html(&html).into()));
        }
    }

    fn address(&self, target: &CowStr<'a>, link_type: LinkType) -> CowStr<'a> {
        let target = markdown::without_filler(target);
        if link_type == LinkType::Email {
            return target.into();
        }
        (self.links)(&target).unwrap_or(target).into()
    }

    fn anchor(&mut self, range: &Range<usize>) -> Option<String> {
        let Headings::Anchored(anchors) = &self.headings else {
            return None;
        };
        let text = self.masked.get(range.clone()).unwrap_or_default();
        let end = range.start + text.trim_ascii_end().len();
        match anchors.get(&end) {
            Some(anchor) => Some(anchor.clone()),
            None => Some(self.nested_anchors.take(&super::plain(text), None).0),
        }
    }

    fn footnote(&mut self, label: &str) -> usize {
        let next = self.footnotes.len() + 1;
        *self.footnotes.entry(label.to_owned()).or_insert(next)
    }

    fn next_is_indented_aside(&mut self, at: usize) -> bool {
        while self
            .asides
            .next_if(|a| a.form == Form::Indented && a.start < at)
            .is_some()
        {}
        self.asides
            .peek()
            .is_some_and(|a| a.form == Form::Indented && a.start == at)
    }

    /// Closes and opens the fenced asides that end or start before the element at `at`.
    fn fenced_asides(&mut self, at: usize) {
        while self
            .open_asides
            .last()
            .is_some_and(|(end, depth)| *end <= at && *depth == self.open.len())
        {
            self.close_aside();
        }
        while let Some(aside) = self.asides.next_if(|a| a.form != Form::Indented && a.start <= at) {
            let end = match aside.form {
                Form::Fenced(Some(end)) => end,
                _ => self.source.len(),
            };
            if aside.kind.is_some() && end > at && self.open_asides.len() < DEEPEST && self.open.len() < DEEPEST {
                self.open_aside(&aside);
                self.open_asides.push((end, self.open.len()));
            }
        }
    }

    fn open_aside(&mut self, aside: &Aside) {
        let kind = aside.kind.unwrap_or("note");
        let title = aside
            .title
            .clone()
            .and_then(|t| self.source.get(t))
            .unwrap_or_default()
            .trim();
        let title = match title {
            "" => String::new(),
            title => format!("<p><strong>{}</strong></p>\n", tags::escape(title)),
        };
        self.out
            .push(Event::Html(format!("<aside class=\"{kind}\">\n{title}").into()));
    }

    fn close_aside(&mut self) {
        self.open_asides.pop();
        self.out.push(Event::Html("</aside>\n".into()));
    }

    fn finish(mut self) -> String {
        while !self.open_asides.is_empty() {
            self.close_aside();
        }
        let mut html = String::new();
        push_html(&mut html, self.out.into_iter());
        // Alignment comes as a style, which the sanitiser takes away.
        for side in ["left", "center", "right"] {
            html = html.replace(&format!(" style=\"text-align: {side}\""), &format!(" align=\"{side}\""));
        }
        markdown::without_filler(&html)
    }
}

fn quote_class(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

/// The one list of what articles may contain on a page.
fn sanitiser() -> &'static Builder<'static> {
    static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
        let mut builder = Builder::default();
        builder
            .rm_tags(["area", "map", "center", "nav", "header", "footer", "article", "hgroup"])
            .clean_content_tags(HashSet::from([
                "script", "style", "svg", "math", "iframe", "object", "template", "noscript",
            ]))
            .generic_attributes(HashSet::from(["lang", "dir", "title", "class"]))
            .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
            .link_rel(Some("noopener noreferrer"))
            .set_tag_attribute_value("img", "loading", "lazy")
            .add_tag_attributes("details", ["open"])
            .attribute_filter(filter_attribute);
        for tag in ["h1", "h2", "h3", "h4", "h5", "h6", "a", "div"] {
            builder.add_tag_attributes(tag, ["id"]);
        }
        builder
    });
    &SANITISER
}

fn filter_attribute<'u>(element: &str, attribute: &str, value: &'u str) -> Option<Cow<'u, str>> {
    match (element, attribute) {
        (_, "class") => {
            let kept: Vec<&str> = value
                .split_ascii_whitespace()
                .filter(|class| is_our_class(class))
                .collect();
            (!kept.is_empty()).then(|| kept.join(" ").into())
        }
        // Only pages and files can be pictures.
        ("img", "src") if value.starts_with("mailto:") || value.starts_with("tel:") => None,
        // `id="login"` in an article must not shadow what scripts look for; footnotes have their own prefix.
        ("div", "id") if !value.starts_with("fn-") => None,
        _ => Some(value.into()),
    }
}

fn is_our_class(class: &str) -> bool {
    KINDS.contains(&class)
        || [
            "task",
            "done",
            "footnote-reference",
            "footnote-definition",
            "footnote-definition-label",
        ]
        .contains(&class)
        || class.strip_prefix("language-").is_some_and(|l| {
            l.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+'))
        })
}

#[cfg(test)]
#[path = "html_tests.rs"]
mod tests;
