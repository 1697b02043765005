//! Which parts of a path name a language, and what the language is called.

use std::collections::BTreeSet;

/// The two-letter codes of ISO 639-1, and the three-letter codes that help centers use for languages without one.
const CODES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv \
    dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is \
    it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my \
    na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so \
    sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu \
    ceb fil haw hmn ilo mul und yue";

/// The primary language of a tag (`pt-BR`, `zh_Hans`, `EN`), if it is one that we know.
pub(super) fn primary(tag: &str) -> Option<String> {
    let mut parts = tag.trim().split(['-', '_']);
    let first = parts.next()?.to_ascii_lowercase();
    let known = CODES.split_ascii_whitespace().any(|code| code == first);
    let tail = parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    (known && tail).then_some(first)
}

/// Which path parts and file name endings count as languages in one kb.
#[derive(Debug, Clone, Default)]
pub(super) struct PathLanguages {
    /// As listed in the config, lower case, `-` between parts.
    listed: Vec<String>,
    /// Without a list: every top folder that holds articles is a language code.
    top_folders: bool,
}

/// A path taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PathLanguage {
    /// Primary language code.
    pub(super) lang: Option<String>,
    /// The id without its language part.
    pub(super) without: String,
}

impl PathLanguages {
    /// What holds for a single file without its kb.
    pub(super) fn listed(languages: &[String]) -> Self {
        Self {
            listed: languages.iter().map(|l| normal(l)).collect(),
            top_folders: false,
        }
    }

    /// What holds for a kb with articles in these `top_folders`.
    pub(super) fn of_kb(languages: &[String], top_folders: &BTreeSet<String>) -> Self {
        let all_are_codes = !top_folders.is_empty() && top_folders.iter().all(|f| primary(f).is_some());
        Self {
            top_folders: languages.is_empty() && all_are_codes,
            ..Self::listed(languages)
        }
    }

    /// Splits the language part off `id`, a path without ending and with `/` between its parts.
    pub(super) fn split(&self, id: &str) -> PathLanguage {
        let mut parts: Vec<&str> = id.split('/').collect();
        let folders = parts.len().saturating_sub(1);
        let folder = match self.listed.is_empty() {
            true => (self.top_folders && folders > 0).then_some(0),
            false => parts[..folders].iter().position(|p| self.listed.contains(&normal(p))),
        };
        // `id` alone is the front page of the language folder `id/`.
        let folder = folder.or_else(|| (folders == 0 && self.is_folder(parts[0])).then_some(0));
        if let Some(i) = folder {
            let lang = primary(parts[i]);
            parts.remove(i);
            let without = if parts.is_empty() {
                "index".to_owned()
            } else {
                parts.join("/")
            };
            return PathLanguage { lang, without };
        }
        let name = parts.last().copied().unwrap_or_default();
        if let Some((stem, ending)) = name.rsplit_once('.')
            && !stem.is_empty()
            && let code = ending.strip_prefix('_').unwrap_or(ending)
            && let Some(lang) = primary(code)
            && (self.listed.is_empty() || self.listed.iter().any(|l| *l == normal(code) || *l == lang))
        {
            let without = format!("{}{stem}", &id[..id.len() - name.len()]);
            return PathLanguage {
                lang: Some(lang),
                without,
            };
        }
        PathLanguage {
            lang: None,
            without: id.to_owned(),
        }
    }

    fn is_folder(&self, part: &str) -> bool {
        if self.listed.is_empty() {
            self.top_folders && primary(part).is_some()
        } else {
            self.listed.contains(&normal(part))
        }
    }
}

fn normal(tag: &str) -> String {
    tag.trim().to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(languages: &PathLanguages, id: &str) -> (Option<String>, String) {
        let found = languages.split(id);
        (found.lang, found.without)
    }

    #[test]
    fn a_tag_is_reduced_to_its_primary_language() {
        assert_eq!(primary("pt-BR").as_deref(), Some("pt"));
        assert_eq!(primary("zh_Hans").as_deref(), Some("zh"));
        assert_eq!(primary("orders"), None);
        assert_eq!(primary("in-the-box"), None);
    }

    #[test]
    fn endings_count_without_a_list_when_they_are_codes() {
        let languages = PathLanguages::default();
        assert_eq!(split(&languages, "a/b._en"), (Some("en".into()), "a/b".into()));
        assert_eq!(split(&languages, "a/b.id"), (Some("id".into()), "a/b".into()));
        assert_eq!(split(&languages, "a/v1.2"), (None, "a/v1.2".into()));
        assert_eq!(split(&languages, "en/b"), (None, "en/b".into()));
    }

    #[test]
    fn top_folders_count_when_all_of_them_are_codes() {
        let folders = ["en".to_owned(), "id".to_owned()].into();
        let languages = PathLanguages::of_kb(&[], &folders);
        assert_eq!(
            split(&languages, "id/orders/track"),
            (Some("id".into()), "orders/track".into())
        );
        assert_eq!(split(&languages, "id"), (Some("id".into()), "index".into()));
        let folders = ["en".to_owned(), "orders".to_owned()].into();
        assert_eq!(
            split(&PathLanguages::of_kb(&[], &folders), "en/a"),
            (None, "en/a".into())
        );
    }

    #[test]
    fn only_listed_parts_count_with_a_list() {
        let languages = PathLanguages::listed(&["en".into(), "pt-BR".into()]);
        assert_eq!(split(&languages, "docs/pt-br/a"), (Some("pt".into()), "docs/a".into()));
        assert_eq!(split(&languages, "docs/id/a"), (None, "docs/id/a".into()));
        assert_eq!(split(&languages, "a._fr"), (None, "a._fr".into()));
    }
}
