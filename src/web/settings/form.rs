//! What a form holds: the values as they were typed or as they count, what is wrong with them, and where they come from.

use std::collections::BTreeMap;

use super::{Mistaken, names, origin, set_elsewhere};
use crate::{
    config::{Config, Texts},
    web::lang,
};

/// Names and values of a form, with what is wrong.
#[derive(Debug, Clone, Default)]
pub struct Form {
    values: BTreeMap<String, String>,
    wrong: BTreeMap<String, String>,
}

impl Form {
    /// A form that was sent.
    pub fn sent(values: BTreeMap<String, String>) -> Self {
        Form {
            values,
            wrong: BTreeMap::new(),
        }
    }

    /// The value, trimmed; nothing where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map(|value| value.trim()).unwrap_or_default()
    }

    /// The value as it was typed.
    pub fn raw(&self, name: &str) -> &str {
        self.values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The value, if there is one.
    pub fn given(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|value| !value.is_empty())
    }

    /// Whether a box is ticked.
    pub fn is_on(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Sets a value.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.values.insert(name.into(), value.into());
    }

    /// Forgets the rows `prefix.N.…`.
    pub fn clear(&mut self, prefix: &str) {
        let prefix = format!("{prefix}.");
        self.values.retain(|name, _| !name.starts_with(&prefix));
    }

    /// Notes what is wrong with a value; the first mistake counts.
    pub fn wrong(&mut self, name: &str, why: &str) {
        self.wrong.entry(name.to_owned()).or_insert_with(|| sentence(why));
    }

    /// What is wrong with a value.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.wrong.get(name).map(String::as_str)
    }

    /// The numbers of the rows named `prefix.N.…`, in order.
    pub fn rows(&self, prefix: &str) -> Vec<usize> {
        let number = |name: &String| {
            let rest = name.strip_prefix(prefix)?.strip_prefix('.')?;
            rest.split('.').next()?.parse::<usize>().ok()
        };
        let mut rows: Vec<usize> = self.values.keys().filter_map(number).filter(|row| *row < 500).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The lines of a value, without empty ones.
    pub fn lines(&self, name: &str) -> Vec<String> {
        list(self.raw(name), &['\n'])
    }

    /// A text in several languages, from the fields `name.LANGUAGE`; one that is there in the site's language only is the
    /// same for everybody.
    pub fn texts(&self, name: &str, site_language: &str) -> Option<Texts> {
        let prefix = format!("{name}.");
        let texts: BTreeMap<String, String> = self
            .values
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?.to_owned(), one_line(value))))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        match texts.get(site_language) {
            Some(only) if texts.len() == 1 => Some(Texts::One(only.clone())),
            _ if texts.is_empty() => None,
            _ => Some(Texts::ByLanguage(texts)),
        }
    }

    /// The languages that the fields `name.LANGUAGE` are in.
    pub fn languages(&self, name: &str) -> Vec<String> {
        let prefix = format!("{name}.");
        let languages = self.values.keys().filter_map(|key| key.strip_prefix(&prefix));
        languages.map(str::to_owned).collect()
    }

    /// Puts a text in several languages into the fields `name.LANGUAGE`.
    pub fn set_texts(&mut self, name: &str, texts: Option<&Texts>, site_language: &str) {
        for (lang, text) in texts.map(Texts::all).unwrap_or_default() {
            self.set(format!("{name}.{}", lang.unwrap_or(site_language)), text);
        }
    }
}

/// A text on one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The parts of a text, without empty ones.
pub fn list(text: &str, at: &[char]) -> Vec<String> {
    text.split(at)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A sentence from what the check of the config says.
pub(super) fn sentence(why: &str) -> String {
    let mut chars = why.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if why.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str().replace('`', ""))
}

/// One labelled field.
pub struct Field {
    /// Its name in the form; also its id.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What it is a part of, where its label says too little at the head of the page.
    pub part_of: String,
    /// A sentence under it.
    pub hint: String,
    /// What it holds.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Where its value comes from, in a few words.
    pub origin: String,
    /// Why it cannot be changed here.
    pub locked: Option<String>,
    /// `text`, `number`, `color`, `area`, `select`, `check`.
    pub kind: &'static str,
    /// Of a `select`: values and what they are called.
    pub options: Vec<(String, String)>,
    /// What it would be if it is empty.
    pub placeholder: String,
    /// Language of its value, if it is one of several.
    pub lang: String,
    /// Id of a list of values to choose from.
    pub list: &'static str,
}

impl Field {
    /// A text field of no key.
    pub fn text(name: &str, label: &str, form: &Form) -> Self {
        Field {
            name: name.to_owned(),
            label: label.to_owned(),
            part_of: String::new(),
            hint: String::new(),
            value: form.raw(name).to_owned(),
            error: form.error(name).map(str::to_owned),
            origin: String::new(),
            locked: None,
            kind: "text",
            options: Vec::new(),
            placeholder: String::new(),
            lang: String::new(),
            list: "",
        }
    }

    /// A field of a key of the config.
    pub fn of_key(key: &str, form: &Form, config: &Config) -> Self {
        Field::text(key, names::label(key).unwrap_or(key), form).sourced(config, key)
    }

    /// A field of one language of a text of the config. Only what was set in this very language is told to be set; a text in
    /// another one is what readers see in its place.
    pub fn of_text(key: &str, lang: &str, texts: Option<&Texts>, form: &Form, config: &Config) -> Self {
        let name = format!("{key}.{lang}");
        let mut field = Field::text(&name, lang::name(lang), form)
            .part_of(names::label(key).unwrap_or_default())
            .sourced(config, key)
            .lang(lang);
        let site = config.site.language.as_str();
        let set: Vec<&str> = texts
            .map(Texts::all)
            .unwrap_or_default()
            .into_iter()
            .map(|(lang, _)| lang.unwrap_or(site))
            .collect();
        if !set.contains(&lang) {
            let instead = set.iter().find(|set| **set == site).or(set.first());
            if field.locked.is_none() {
                field.origin = match instead {
                    Some(instead) => format!("As in {}", lang::name(instead)),
                    None => "Default".to_owned(),
                };
            }
            if let Some(texts) = texts {
                field = field.placeholder(texts.in_language(lang, site));
            }
        }
        field
    }

    /// With where the value of a key of the config comes from.
    pub fn sourced(mut self, config: &Config, key: &str) -> Self {
        self.locked = set_elsewhere(config.sources.of(key));
        self.origin = match self.locked {
            Some(_) => String::new(),
            None => origin(config, key).to_owned(),
        };
        self
    }

    /// As a part of something with this name.
    pub fn part_of(mut self, whole: &str) -> Self {
        self.part_of = whole.to_owned();
        self
    }

    /// With a sentence under it.
    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = hint.to_owned();
        self
    }

    /// Of another kind.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// With what counts if it is empty.
    pub fn placeholder(mut self, text: &str) -> Self {
        self.placeholder = text.to_owned();
        self
    }

    /// With values to choose from, or to type others.
    pub fn list(mut self, id: &'static str) -> Self {
        self.list = id;
        self
    }

    /// In a language.
    pub fn lang(mut self, lang: &str) -> Self {
        self.lang = lang.to_owned();
        self
    }

    /// A choice.
    pub fn options<'a>(mut self, options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.kind = "select";
        let owned = |(value, text): (&str, &str)| (value.to_owned(), text.to_owned());
        self.options = options.into_iter().map(owned).collect();
        self
    }

    /// Its id: names have dots and brackets, which selectors would have to escape.
    pub fn id(&self) -> String {
        self.name.replace(['.', '[', ']'], "-")
    }

    /// The field as one to correct, if it is.
    pub fn mistaken(&self) -> Option<Mistaken> {
        let why = self.error.clone()?;
        let label = match self.part_of.as_str() {
            "" => self.label.clone(),
            whole => format!("{whole}: {}", self.label),
        };
        Some(Mistaken {
            href: format!("#{}", self.id()),
            label,
            why,
        })
    }

    /// What describes it, for screen readers.
    pub fn described(&self) -> String {
        let id = self.id();
        let parts = [
            ("hint", !self.hint.is_empty()),
            ("error", self.error.is_some()),
            ("locked", self.locked.is_some()),
        ];
        let ids: Vec<String> = parts
            .iter()
            .filter(|(_, is_there)| *is_there)
            .map(|(part, _)| format!("{id}-{part}"))
            .collect();
        ids.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(values: &[(&str, &str)]) -> Form {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Form::sent(values.iter().map(owned).collect())
    }

    #[test]
    fn a_text_in_the_sites_language_alone_is_for_everybody() {
        let sent = form(&[("title.en", " Hi\n there "), ("title.ja", "")]);
        assert_eq!(sent.texts("title", "en"), Some(Texts::One("Hi there".into())));
        assert!(matches!(sent.texts("title", "ja"), Some(Texts::ByLanguage(texts)) if texts.len() == 1));
        assert_eq!(sent.texts("greeting", "en"), None);
    }

    #[test]
    fn texts_come_back_from_their_fields() {
        for texts in [
            Texts::One("Hi".into()),
            Texts::ByLanguage([("en".into(), "Hi".into()), ("ja".into(), "やあ".into())].into()),
        ] {
            let mut shown = Form::default();
            shown.set_texts("t", Some(&texts), "en");
            assert_eq!(shown.texts("t", "en"), Some(texts));
        }
    }

    #[test]
    fn only_a_language_that_was_set_is_told_to_be_set() {
        let stored = |text: &str| Config::default().with_stored(text).expect("settings");
        let origins = |config: &Config| {
            ["en", "ja", "id"].map(|lang| {
                let texts = config.widget.greeting.as_ref();
                Field::of_text("widget.greeting", lang, texts, &Form::default(), config).origin
            })
        };
        assert_eq!(origins(&Config::default()), ["Default", "Default", "Default"]);
        let one = stored("widget.greeting = 'Hi'");
        assert_eq!(origins(&one), ["Set here", "As in English", "As in English"]);
        let japanese = stored("widget.greeting = { ja = 'やあ' }");
        assert_eq!(origins(&japanese), ["As in 日本語", "Set here", "As in 日本語"]);
        let field = Field::of_text(
            "widget.greeting",
            "id",
            one.widget.greeting.as_ref(),
            &Form::default(),
            &one,
        );
        assert_eq!(field.placeholder, "Hi");
    }

    #[test]
    fn rows_are_found_by_their_numbers() {
        let sent = form(&[
            ("day.2.date", ""),
            ("day.0.date", "x"),
            ("day.x.date", ""),
            ("days.7", ""),
        ]);
        assert_eq!(sent.rows("day"), [0, 2]);
    }
}
