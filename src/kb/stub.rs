#![allow(missing_docs)]
use super::*;
pub enum Link { External, Article { id: ArticleId, url_path: String, fragment: Option<String> }, Asset(String), Broken }
pub struct LinkResolver;
impl LinkResolver { pub fn new(_: &[Article]) -> Self { LinkResolver } pub fn resolve(&self, _: &Article, _: &str) -> Link { Link::Broken } }
pub fn html(_: &Article, _: std::ops::Range<usize>, _: &dyn Fn(&str) -> Option<String>) -> String { String::new() }
#[derive(Default, Clone)]
pub struct Options;
pub fn load(root: &std::path::Path, _: &Options) -> Result<Kb, std::io::Error> {
    let mut articles = vec![];
    for e in walkdir::WalkDir::new(root).sort_by_file_name().into_iter().flatten() {
        if e.path().extension().is_some_and(|x| x == "md") {
            let source = std::fs::read_to_string(e.path())?;
            let rel = e.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
            articles.push(parse1(&rel, source));
        }
    }
    articles.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Kb { articles, problems: vec![], languages: vec![] })
}
fn parse1(rel: &str, source: String) -> Article {
    let id = rel.trim_end_matches(".md").to_owned();
    let mut title = id.clone();
    let (mut lang, mut questions, mut tags, mut topic, mut answerable) = (None, vec![], vec![], None, None);
    let mut start = 0;
    if source.starts_with("---\n") && let Some(end) = source[4..].find("\n---") {
        let v: serde_json::Value = serde_saphyr::from_str(&source[4..4 + end + 1]).unwrap_or_default();
        if let Some(t) = v["title"].as_str() { title = t.to_owned(); }
        lang = v["lang"].as_str().map(str::to_owned);
        topic = v["topic"].as_str().map(str::to_owned);
        answerable = v["answerable"].as_bool();
        let list = |k: &str| v[k].as_array().map(|a| a.iter().filter_map(|x| x.as_str().map(str::to_owned)).collect::<Vec<_>>()).unwrap_or_default();
        questions = list("questions"); tags = list("tags");
        start = 4 + end + 4;
    }
    if lang.is_none() && let Some((_, l)) = id.rsplit_once("._") { lang = Some(l.to_owned()); }
    if lang.is_none() && id.get(2..3) == Some("/") { lang = Some(id[..2].to_owned()); }
    let mut sections = vec![]; let mut passages = vec![];
    let mut cur = Section { heading_path: vec![title.clone()], anchor: String::new(), level: 1, span: start..start };
    let mut pos = start; let mut text = String::new(); let mut tstart = start;
    let mut flush = |cur: &mut Section, text: &mut String, tstart: usize, pos: usize, sections: &mut Vec<Section>| {
        cur.span.end = pos;
        sections.push(cur.clone());
        if !text.trim().is_empty() { passages.push(Passage { section: Some(sections.len() - 1), span: tstart..pos, text: text.trim().to_owned() }); }
        text.clear();
    };
    for line in source[start..].split_inclusive('\n') {
        if line.starts_with('#') {
            flush(&mut cur, &mut text, tstart, pos, &mut sections);
            let h = line.trim_start_matches('#').trim().to_owned();
            cur = Section { anchor: format!("s{}", sections.len()), heading_path: vec![h], level: 2, span: pos..pos };
            tstart = pos + line.len();
        } else { text.push_str(line); if text.len() > 900 && line.trim().is_empty() { let n = pos + line.len(); flush(&mut cur, &mut text, tstart, n, &mut sections); cur.anchor = String::new(); tstart = n; } }
        pos += line.len();
    }
    flush(&mut cur, &mut text, tstart, pos, &mut sections);
    if passages.is_empty() { passages.push(Passage { section: None, span: 0..0, text: title.clone() }); }
    Article { id: ArticleId(id.clone()), path: rel.to_owned(), url_path: id.clone(), lang, translation_key: id.clone(), title, title_span: 0..0, description: None, tags, questions, aliases: vec![], category: String::new(), status: Status::Live, topic, answerable, owner: None, audience: None, products: vec![], verified_at: None, review_every: None, updated_at: None, expires_at: None, extra: Default::default(), source, version: String::new(), sections, passages }
}
