//! What an author works on: the rules that they saw, and what they have changed since. The draft travels in the form, so
//! that every page works without script and nothing is kept of what is never published.

use crate::{
    app::files_of,
    desk::rule_form::merge::merge,
    http::{Problem, state::Web},
    store::{Document, DocumentKind},
};

use super::super::form::Form;

/// Files of rules by name, as they were seen and as they are edited.
#[derive(Clone)]
pub struct Work {
    /// Topics or routing.
    pub kind: DocumentKind,
    /// Hash of the document that the author saw.
    pub seen: Option<String>,
    /// Its files.
    pub base: Vec<(String, String)>,
    /// The same files with the author's changes.
    pub files: Vec<(String, String)>,
}

impl Work {
    /// The rules that count now, unchanged, with their document.
    pub async fn current(web: &Web, kind: DocumentKind) -> Result<(Self, Option<Document>), Problem> {
        let (text, document) = web.rules_document(kind).await?;
        let files = files_of(kind, &text).map_err(Problem::internal)?;
        let work = Work {
            kind,
            seen: document.as_ref().map(|document| document.hash.clone()),
            base: files.clone(),
            files,
        };
        Ok((work, document))
    }

    /// What a form carries.
    pub async fn of_form(web: &Web, kind: DocumentKind, form: &Form) -> Result<Self, Problem> {
        let seen = form.given("seen").filter(|seen| seen != "none");
        let (mut work, _) = Self::current(web, kind).await?;
        if seen != work.seen
            && let Some(hash) = &seen
            && let Some(document) = web.document(kind, hash).await?
        {
            work.base = files_of(kind, &document.text).map_err(Problem::internal)?;
            work.files = work.base.clone();
        }
        work.seen = seen;
        for row in form.rows("draft") {
            let name = form.get(&format!("draft.{row}.name")).to_owned();
            match form.is_on(&format!("draft.{row}.gone")) {
                true => work.files.retain(|(own, _)| *own != name),
                false => work.set(&name, lines(form.raw(&format!("draft.{row}.text")))),
            }
        }
        if form.get("view") == "text" {
            let name = form.get("file").to_owned();
            // A browser ends every line with CR LF; a text that is otherwise as it was is as it was.
            let text = lines(form.raw("text"));
            if work
                .file(&name)
                .is_some_and(|kept| lines(kept).trim_end() != text.trim_end())
            {
                work.set(&name, text);
            }
        }
        Ok(work)
    }

    /// The text of a file.
    pub fn file(&self, name: &str) -> Option<&str> {
        of(&self.files, name)
    }

    /// Sets the text of a file; a name that no file has makes a new one.
    pub fn set(&mut self, name: &str, text: String) {
        match self.files.iter_mut().find(|(own, _)| own == name) {
            Some((_, kept)) => *kept = text,
            None if self.kind == DocumentKind::Topics && is_file_name(name) => self.files.push((name.to_owned(), text)),
            None => {}
        }
    }

    /// The text of the rules of routing.
    pub fn routing(&self) -> &str {
        self.files.first().map(|(_, text)| text.as_str()).unwrap_or_default()
    }

    /// Names of the files that the author has changed, added or taken out.
    pub fn changed(&self) -> Vec<String> {
        changed(&self.base, &self.files)
    }

    /// Names and values that a form must carry to bring the draft back.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let mut fields = vec![(
            "seen".to_owned(),
            self.seen.clone().unwrap_or_else(|| "none".to_owned()),
        )];
        for (at, name) in self.changed().into_iter().enumerate() {
            match self.file(&name) {
                Some(text) => fields.push((format!("draft.{at}.text"), text.to_owned())),
                None => fields.push((format!("draft.{at}.gone"), "yes".to_owned())),
            }
            fields.push((format!("draft.{at}.name"), name));
        }
        fields
    }

    /// The author's changes on top of what counts now; names of files that both have changed in ways that do not go together.
    /// Such a file is as the author has it.
    pub fn rebased(&self, now: Work) -> (Work, Vec<String>) {
        let theirs = changed(&self.base, &now.base);
        let mine = self.changed();
        let mut work = now;
        for name in &mine {
            match self.file(name) {
                Some(text) => work.set(name, text.to_owned()),
                None => work.files.retain(|(own, _)| own != name),
            }
        }
        let both = mine.into_iter().filter(|name| theirs.contains(name));
        let mut against = Vec::new();
        for name in both {
            let texts = [of(&self.base, &name), self.file(&name), of(&work.base, &name)];
            let merged = match (self.kind, texts) {
                (DocumentKind::Routing, [Some(base), Some(mine), Some(theirs)]) => merge(base, mine, theirs),
                _ => None,
            };
            match merged {
                Some(text) => work.set(&name, text),
                None => against.push(name),
            }
        }
        (work, against)
    }
}

fn of<'a>(files: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = files.iter().find(|(own, _)| own == name);
    found.map(|(_, text)| text.as_str())
}

/// Names of files that differ, or are in one of the two only.
pub fn changed(before: &[(String, String)], after: &[(String, String)]) -> Vec<String> {
    let names = before.iter().chain(after).map(|(name, _)| name.clone());
    let mut names: Vec<String> = names.filter(|name| of(before, name) != of(after, name)).collect();
    names.sort();
    names.dedup();
    names
}

/// Lines that end with LF alone.
fn lines(text: &str) -> String {
    text.replace('\r', "")
}

/// A name that the form may give a new file: small letters, digits, `_`, and the ending.
fn is_file_name(name: &str) -> bool {
    let stem = name.strip_suffix(".toml").unwrap_or_default();
    (1..=80).contains(&stem.len()) && stem.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(base: &[(&str, &str)], files: &[(&str, &str)]) -> Work {
        let owned = |files: &[(&str, &str)]| -> Vec<(String, String)> {
            files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect()
        };
        Work {
            kind: DocumentKind::Topics,
            seen: None,
            base: owned(base),
            files: owned(files),
        }
    }

    #[test]
    fn only_what_was_changed_travels() {
        let mine = work(
            &[("a.toml", "1"), ("b.toml", "2"), ("c.toml", "3")],
            &[("a.toml", "1"), ("b.toml", "x"), ("d.toml", "4")],
        );
        assert_eq!(mine.changed(), ["b.toml", "c.toml", "d.toml"]);
        let names: Vec<String> = mine.hidden().into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "seen",
                "draft.0.text",
                "draft.0.name",
                "draft.1.gone",
                "draft.1.name",
                "draft.2.text",
                "draft.2.name"
            ]
        );
    }

    #[test]
    fn changes_of_others_in_other_files_stay() {
        let mine = work(
            &[("a.toml", "1"), ("b.toml", "2")],
            &[("a.toml", "mine"), ("b.toml", "2")],
        );
        let now = work(
            &[("a.toml", "1"), ("b.toml", "theirs")],
            &[("a.toml", "1"), ("b.toml", "theirs")],
        );
        let (both, names) = mine.rebased(now);
        assert_eq!(
            (both.file("a.toml"), both.file("b.toml"), names.len()),
            (Some("mine"), Some("theirs"), 0)
        );
        let now = work(
            &[("a.toml", "theirs"), ("b.toml", "2")],
            &[("a.toml", "theirs"), ("b.toml", "2")],
        );
        let (both, names) = mine.rebased(now);
        assert_eq!((both.file("a.toml"), names), (Some("mine"), vec!["a.toml".to_owned()]));
    }

    #[test]
    fn new_files_have_plain_names() {
        let mut mine = work(&[], &[]);
        for name in ["../x.toml", "x", ".toml", "a b.toml"] {
            mine.set(name, String::new());
        }
        mine.set("gift_cards.toml", String::new());
        assert_eq!(mine.changed(), ["gift_cards.toml"]);
    }
}
