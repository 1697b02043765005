//! Where the links of articles lead.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::LazyLock,
};

use pulldown_cmark::{Event, LinkType, Tag};
use regex::Regex;

use super::{
    Article, ArticleId,
    anchors::slug,
    front_matter, markdown,
    mask::{Dialect, FootnoteMarks, mask},
    path_name::{PathName, parent},
};

/// What a link target as written in an article means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Leaves the help center: has a scheme or a host.
    External,
    /// Another page of the site that the help center belongs to, such as `/contact/`: its path starts with nothing that
    /// the kb has. Whether it exists is not known here.
    HostSite,
    /// Another place in the kb. `fragment` is `None` if none was asked for or the article has no such heading.
    Article {
        /// The article.
        id: ArticleId,
        /// Its address path below `/articles/`.
        url_path: String,
        /// Without `#`.
        fragment: Option<String>,
    },
    /// A file that is no article, as a path under the kb; whether it exists is not checked.
    Asset(String),
    /// Nothing in the kb.
    Broken,
}

/// Finds the articles that links mean. Building it reads every article once; asking is a few hash lookups.
pub struct LinkResolver {
    targets: Vec<Target>,
    /// Addresses, ids and paths without ending.
    exact: HashMap<String, usize>,
    /// Former addresses.
    aliases: HashMap<String, usize>,
    /// Translations of one article by their common key.
    translations: HashMap<String, Vec<usize>>,
    /// First parts of everything that the kb calls its own.
    first_parts: HashSet<String>,
}

struct Target {
    id: ArticleId,
    url_path: String,
    lang: Option<String>,
    translation_key: String,
    anchors: HashSet<String>,
}

impl LinkResolver {
    /// A resolver over all articles of a kb.
    pub fn new(articles: &[Article]) -> Self {
        let mut resolver = Self {
            targets: Vec::new(),
            exact: HashMap::new(),
            aliases: HashMap::new(),
            translations: HashMap::new(),
            // Where tools serve the kb; see `candidates`.
            first_parts: ["docs", "articles"].map(str::to_owned).into(),
        };
        for (i, article) in articles.iter().enumerate() {
            // What an article is called is stronger than where its file lies.
            resolver.exact.insert(article.url_path.clone(), i);
            resolver
                .translations
                .entry(article.translation_key.clone())
                .or_default()
                .push(i);
            resolver.targets.push(Target {
                id: article.id.clone(),
                url_path: article.url_path.clone(),
                lang: article.lang.clone(),
                translation_key: article.translation_key.clone(),
                anchors: anchors(article),
            });
        }
        for (i, article) in articles.iter().enumerate() {
            let by_path = PathName::of(&article.path).id;
            let without_ending = article
                .path
                .rsplit_once('.')
                .map_or(article.path.as_str(), |(path, _)| path);
            for name in [article.id.as_str(), &by_path, without_ending] {
                resolver.exact.entry(name.to_owned()).or_insert(i);
            }
            for alias in &article.aliases {
                resolver.aliases.entry(alias.clone()).or_insert(i);
            }
        }
        let names = resolver.exact.keys().chain(resolver.aliases.keys());
        let names = names.chain(resolver.translations.keys());
        let first_parts: HashSet<String> = names.map(|name| first_part(name).to_lowercase()).collect();
        resolver.first_parts.extend(first_parts);
        resolver
    }

    /// What `target`, a link as written in the article `from`, means.
    pub fn resolve(&self, from: &Article, target: &str) -> Link {
        let target = target.trim();
        if target.starts_with("//") || has_scheme(target) {
            return Link::External;
        }
        let (address, fragment) = target.split_once('#').map_or((target, None), |(a, f)| (a, Some(f)));
        let address = percent_decoded(address.split('?').next().unwrap_or_default());
        let fragment = fragment.map(percent_decoded).filter(|f| !f.is_empty());
        if address.is_empty() {
            return match self.exact.get(&from.url_path) {
                Some(&i) => self.found(i, fragment),
                None => Link::Broken,
            };
        }
        for key in candidates(from, &address) {
            if let Some(i) = self.find(from, &key) {
                return self.found(i, fragment);
            }
        }
        // Without a front page of its own, the kb's root is the site's.
        if address == "/" {
            return Link::External;
        }
        match asset(from, &address) {
            Link::Broken if self.is_of_host_site(&address) => Link::HostSite,
            found => found,
        }
    }

    /// Whether a path that leads nowhere in the kb starts outside of it.
    fn is_of_host_site(&self, address: &str) -> bool {
        let is_source = is_markdown(address);
        address.starts_with('/') && !is_source && !self.first_parts.contains(&first_part(address).to_lowercase())
    }

    /// The article with this address, in the language of `from` if there are several.
    fn find(&self, from: &Article, key: &str) -> Option<usize> {
        let own = from
            .lang
            .as_deref()
            .and_then(|lang| self.exact.get(&format!("{lang}/{key}")));
        let exact = self.exact.get(key);
        let same_language = |i: &&usize| self.targets[**i].lang == from.lang;
        let found = exact
            .filter(same_language)
            .or(own)
            .or(exact)
            .or_else(|| self.aliases.get(key))
            .copied();
        let Some(i) = found else {
            let translations = self.translations.get(key)?;
            return translations
                .iter()
                .find(same_language)
                .or(translations.first())
                .copied();
        };
        // An address that an article shares with its translations means the one in the reader's language.
        let target = &self.targets[i];
        if target.lang != from.lang && exact.is_none() {
            let translations = self.translations.get(&target.translation_key)?;
            return translations.iter().find(same_language).copied().or(Some(i));
        }
        Some(i)
    }

    fn found(&self, i: usize, fragment: Option<String>) -> Link {
        let target = &self.targets[i];
        let fragment = fragment.filter(|f| target.anchors.contains(f) || target.anchors.contains(&f.to_lowercase()));
        Link::Article {
            id: target.id.clone(),
            url_path: target.url_path.clone(),
            fragment,
        }
    }
}

/// The first part of a path; of a single page its name without ending.
fn first_part(path: &str) -> &str {
    let path = path.trim_matches('/');
    match path.split_once('/') {
        Some((first, _)) => first,
        None => path.split_once('.').map_or(path, |(name, _)| name),
    }
}

fn has_scheme(target: &str) -> bool {
    let Some((scheme, _)) = target.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// The addresses that `address` may mean, most likely first.
fn candidates(from: &Article, address: &str) -> Vec<String> {
    let address = address.strip_prefix("@site").unwrap_or(address);
    let is_file = ends_like_article(address);
    let stem = if is_file {
        address.rsplit_once('.').map_or(address, |(stem, _)| stem)
    } else {
        address
    };
    let (rooted, stem) = (stem.starts_with('/'), stem.trim_matches('/'));
    let mut keys = Vec::new();
    let mut add = |key: Option<String>| {
        if let Some(key) = key {
            let named = PathName::of(&format!("{key}.md")).id;
            for key in [key, named] {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
    };
    if rooted {
        let rooted = joined("", stem);
        add(rooted
            .clone()
            .map(|r| if r.is_empty() { "index".to_owned() } else { r }));
        // Docusaurus and MkDocs serve the kb below a folder of its own.
        let below = rooted
            .as_deref()
            .and_then(|r| r.strip_prefix("docs/").or(r.strip_prefix("articles/")));
        add(below.map(str::to_owned));
    } else {
        add(joined(parent(&from.path), stem));
        if !is_file {
            // Relative to the page's address, which tools take as a file or as a folder.
            add(joined(parent(&from.url_path), stem));
            add(joined(&from.url_path, stem));
        }
    }
    keys
}

fn ends_like_article(address: &str) -> bool {
    is_markdown(address) || has_ending(address, &["html", "htm"])
}

fn is_markdown(address: &str) -> bool {
    has_ending(address, &["md", "mdx", "markdown"])
}

fn has_ending(address: &str, endings: &[&str]) -> bool {
    let ending = address.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|e| ending.eq_ignore_ascii_case(e))
}

/// `path` from `folder` on, with `.` and `..` taken away; `None` if it leaves the kb.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn asset(from: &Article, address: &str) -> Link {
    let name = address.rsplit('/').next().unwrap_or_default();
    let is_file = name.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty() && (1..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if !is_file || ends_like_article(address) {
        return Link::Broken;
    }
    let path = match address.strip_prefix('/') {
        Some(rooted) => joined("", rooted),
        None => joined(parent(&from.path), address),
    };
    path.map_or(Link::Broken, Link::Asset)
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = bytes.get(i + 1..i + 3).and_then(|h| std::str::from_utf8(h).ok());
        match hex
            .and_then(|h| u8::from_str_radix(h, 16).ok())
            .filter(|_| bytes[i] == b'%')
        {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Every fragment that a link to this article may have.
fn anchors(article: &Article) -> HashSet<String> {
    static IDS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?i)\s(?:id|name)\s*=\s*["']([^"'\s<>]+)["']"#).expect("the pattern is valid"));
    // Also headings inside lists and quotes, which are no sections.
    static HEADINGS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^[ \t>*+-]*#{1,6}[ \t]+([^\n]+?)[ \t#]*\r?$").expect("the pattern is valid"));
    let mut anchors: HashSet<String> = article.sections.iter().map(|s| s.anchor.clone()).collect();
    anchors.extend(["top".to_owned(), slug(&article.title)]);
    anchors.extend(IDS.captures_iter(&article.source).map(|found| found[1].to_owned()));
    anchors.extend(
        HEADINGS
            .captures_iter(&article.source)
            .map(|found| slug(&super::plain(&found[1]))),
    );
    anchors
}

/// A link or image as written, and where.
pub(super) struct RawLink {
    pub(super) target: String,
    pub(super) at: usize,
}

/// The Markdown links and images of an article. Targets made by template tags are left out: nobody knows them here.
pub(super) fn links_of(article: &Article) -> Vec<RawLink> {
    let dialect = Dialect::of_path(&article.path);
    let body_start = front_matter::split(&article.source).body_start;
    let masked = mask(&article.source, body_start, dialect, FootnoteMarks::Keep);
    let mut links = Vec::new();
    for (event, Range { start, .. }) in markdown::events(&masked.text) {
        if let Event::Start(
            Tag::Link {
                link_type, dest_url, ..
            }
            | Tag::Image {
                link_type, dest_url, ..
            },
        ) = event
            && link_type != LinkType::Email
            && markdown::without_filler(&dest_url) == *dest_url
            && !dest_url.is_empty()
        {
            links.push(RawLink {
                target: dest_url.into_string(),
                at: start,
            });
        }
    }
    links
}

#[cfg(test)]
#[path = "links_tests.rs"]
mod tests;
