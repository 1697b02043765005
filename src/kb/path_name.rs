//! What a path says about its article: its id, whether it stands for a folder, words for a title.

use super::lang;

/// What a path says about its article.
pub(super) struct PathName {
    pub(super) id: String,
    /// The file stands for its folder.
    pub(super) is_index: bool,
    /// Words for a title.
    pub(super) words: String,
}

impl PathName {
    pub(super) fn of(path: &str) -> Self {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        // `index.es.md` and `_index._es.md` stand for their folder in one language.
        let (base, ending) = match stem.split_once('.') {
            Some((base, ending)) if lang::primary(ending.strip_prefix('_').unwrap_or(ending)).is_some() => {
                (base, &stem[base.len()..])
            }
            _ => (stem, ""),
        };
        let is_index = ["index", "_index", "readme"]
            .iter()
            .any(|name| base.eq_ignore_ascii_case(name));
        let id = match (is_index, folder) {
            (true, "") => format!("index{ending}"),
            (true, folder) => format!("{folder}{ending}"),
            (false, "") => stem.to_owned(),
            (false, folder) => format!("{folder}/{stem}"),
        };
        let last = if is_index && !folder.is_empty() {
            folder.rsplit('/').next().unwrap_or(folder)
        } else {
            base
        };
        let words = last.replace(['-', '_'], " ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut chars = words.chars();
        let words = chars
            .next()
            .map_or_else(|| "Untitled".to_owned(), |c| c.to_uppercase().chain(chars).collect());
        Self {
            id: if id.is_empty() { "untitled".to_owned() } else { id },
            is_index,
            words,
        }
    }
}

/// The folder of a path; empty at the top.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_files_stand_for_their_folder() {
        for (path, id) in [
            ("orders/track.md", "orders/track"),
            ("orders/index.md", "orders"),
            ("orders/_index.es.md", "orders.es"),
            ("README.md", "index"),
            ("id/orders/README.md", "id/orders"),
            ("a/b._en.md", "a/b._en"),
            ("v1.2.md", "v1.2"),
        ] {
            assert_eq!(PathName::of(path).id, id, "{path}");
        }
    }

    #[test]
    fn a_title_comes_from_the_file_or_folder_name() {
        assert_eq!(PathName::of("orders/track-my_order._en.md").words, "Track my order");
        assert_eq!(PathName::of("gift-cards/index.md").words, "Gift cards");
        assert_eq!(PathName::of("---.md").words, "Untitled");
    }
}
