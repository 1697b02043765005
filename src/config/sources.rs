//! Where each value of the config comes from: pages say it, and what stands in a file is not changed by a page.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::load::ENVIRONMENT;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line, such as `--kb`.
    Flag(&'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// The config file.
    File(PathBuf),
    /// The settings pages.
    Pages,
    /// Nobody set it.
    Default,
}

impl Source {
    /// The word on the wire.
    pub fn as_str(&self) -> &'static str {
        match self {
            Source::Flag(_) => "flag",
            Source::Variable(_) => "variable",
            Source::File(_) => "file",
            Source::Pages => "pages",
            Source::Default => "default",
        }
    }

    /// The flag, the variable, or the name of the file.
    pub fn name(&self) -> Option<String> {
        match self {
            Source::Flag(name) | Source::Variable(name) => Some((*name).to_owned()),
            Source::File(path) => Some(
                path.file_name()
                    .unwrap_or(path.as_os_str())
                    .to_string_lossy()
                    .into_owned(),
            ),
            Source::Pages | Source::Default => None,
        }
    }

    /// Whether pages may set the value.
    pub fn is_open(&self) -> bool {
        matches!(self, Source::Pages | Source::Default)
    }
}

/// Every key that was set, with what set it. A key is written as in [`Violation`](super::Violation); the members of a list
/// are not told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources(BTreeMap<String, Source>);

impl Sources {
    /// What set this key, or one below it.
    pub fn of(&self, key: &str) -> &Source {
        self.entry(key).unwrap_or(&Source::Default)
    }

    /// Whether pages may set this key.
    pub fn is_open(&self, key: &str) -> bool {
        self.of(key).is_open()
    }

    fn entry(&self, key: &str) -> Option<&Source> {
        let below = |other: &str| {
            other
                .strip_prefix(key)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let from = self
            .0
            .range(key.to_owned()..)
            .take_while(|(other, _)| other.starts_with(key));
        from.filter(|(other, _)| below(other)).map(|(_, source)| source).next()
    }

    pub(super) fn set(&mut self, key: impl Into<String>, source: Source) {
        self.0.insert(key.into(), source);
    }

    /// Notes every key of a file.
    pub(super) fn note_file(&mut self, path: &Path, keys: &toml::Table) {
        for (key, _) in dotted_keys(keys) {
            self.set(key, Source::File(path.to_owned()));
        }
    }

    /// Notes every variable that is set.
    pub(super) fn note_variables(&mut self, is_set: impl Fn(&'static str) -> bool) {
        for (name, key) in ENVIRONMENT {
            if is_set(name) && !key.contains(' ') {
                self.set(*key, Source::Variable(name));
            }
        }
    }
}

/// Every value of a table with its whole key (`desk.hours.monday`), in the order of the table.
pub fn dotted_keys(table: &toml::Table) -> Vec<(String, &toml::Value)> {
    let mut all = Vec::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                all.extend(
                    dotted_keys(inner)
                        .into_iter()
                        .map(|(rest, value)| (format!("{key}.{rest}"), value)),
                );
            }
            value => all.push((key.clone(), value)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_set_by_itself_or_by_what_is_below_it() {
        let keys: toml::Table = toml::from_str(
            "[site]\nname = 'x'\n[widget.title]\nen = 'Hi'\n[desk.team.sales.hours]\nmonday = []\n[[announcement]]\ntext = 'x'",
        )
        .expect("toml");
        let mut sources = Sources::default();
        sources.note_file(Path::new("/etc/tanya.toml"), &keys);
        for key in [
            "site.name",
            "widget.title",
            "desk.team.sales",
            "announcement",
            "desk.team.sales.hours.monday",
        ] {
            assert_eq!(sources.of(key).name().as_deref(), Some("tanya.toml"), "{key}");
        }
        for key in [
            "site.nam",
            "site.language",
            "widget.titles",
            "desk.hours",
            "desk.team.sale",
        ] {
            assert!(sources.is_open(key), "{key}");
        }
    }
}
