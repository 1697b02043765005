//! One rule of routing, as its form has it.

use toml::{Table, Value};
use toml_edit::DocumentMut;

use super::{
    blocks::table_of,
    rows,
    rows::{Match, Row},
    set, value_of,
};

/// What a rule says. An empty text is what it does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleDraft {
    /// Its name.
    pub name: String,
    /// When it takes a question.
    pub when: When,
    /// The sensitive topic that it puts the question under.
    pub topic: String,
    /// The team.
    pub team: String,
    /// `low` to `urgent`.
    pub priority: String,
    /// Words that it puts on the ticket.
    pub tags: Vec<String>,
    /// Target times: first reply, next replies, resolution.
    pub targets: [String; 3],
    /// Whether it counts against the capacity of whoever has it.
    pub complex: Option<bool>,
    /// Whether people have it before the bot.
    pub people_first: Option<bool>,
    /// Whether later rules are asked, too.
    pub goes_on: bool,
}

/// When a rule takes a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Rows; without any, always.
    Rows(Match, Vec<Row>),
    /// What rows cannot say, as TOML.
    Text(String),
}

impl Default for When {
    fn default() -> Self {
        When::Rows(Match::All, Vec::new())
    }
}

/// Names of the target times.
pub const TARGETS: [&str; 3] = ["first", "next", "resolve"];

impl RuleDraft {
    /// What the block of a rule says. What is not as it should be is left out: whoever checks rules tells it.
    ///
    /// # Errors
    /// A block that is no rule.
    pub fn read(block: &str) -> Result<Self, String> {
        let table = table_of(block)?;
        let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let flag = |key: &str| table.get(key).and_then(Value::as_bool);
        let targets = table.get("targets").and_then(Value::as_table);
        let target = |which: &str| {
            let found = targets.and_then(|targets| targets.get(which)?.as_str());
            found.unwrap_or_default().to_owned()
        };
        let tags = match table.get("tags") {
            Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(tag)) => vec![tag.clone()],
            _ => Vec::new(),
        };
        Ok(RuleDraft {
            name: text("name"),
            when: when_of(table.get("when").and_then(Value::as_table)),
            topic: text("topic"),
            team: text("team"),
            priority: text("priority"),
            tags,
            targets: TARGETS.map(target),
            complex: flag("complex"),
            people_first: flag("people_first"),
            goes_on: flag("stop") == Some(false),
        })
    }

    /// The block with what differs from it changed; what does not stays as it is written.
    ///
    /// # Errors
    /// A condition that is no TOML.
    pub fn write(&self, block: &str) -> Result<String, String> {
        let old = Self::read(block)?;
        let mut document: DocumentMut = block.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
        let rules = document
            .get_mut("rule")
            .and_then(|rules| rules.as_array_of_tables_mut());
        let Some(table) = rules.and_then(|rules| rules.get_mut(0)) else {
            return Err("there is no [[rule]] in it".to_owned());
        };
        if self.name != old.name {
            set(table, "name", self.name.as_str());
        }
        if self.condition()? != old.condition()? {
            match self.condition()? {
                when if when.is_empty() => drop(table.remove("when")),
                when => {
                    let value = value_of(&Value::Table(when))?;
                    // Where it stood as a table of its own, it now stands in one line.
                    if table.get("when").is_some_and(|item| !item.is_value()) {
                        table.remove("when");
                    }
                    set(table, "when", value);
                }
            }
        }
        let texts = [
            ("topic", &self.topic, &old.topic),
            ("team", &self.team, &old.team),
            ("priority", &self.priority, &old.priority),
        ];
        for (key, new, old) in texts {
            match new.as_str() {
                new if new == old => {}
                "" => drop(table.remove(key)),
                new => set(table, key, new),
            }
        }
        if self.tags != old.tags {
            match self.tags.is_empty() {
                true => drop(table.remove("tags")),
                false => set(table, "tags", value_of(&Value::from(self.tags.clone()))?),
            }
        }
        if self.targets != old.targets {
            let given = TARGETS.iter().zip(&self.targets).filter(|(_, time)| !time.is_empty());
            let given: Table = given
                .map(|(which, time)| ((*which).to_owned(), Value::from(time.as_str())))
                .collect();
            if table.get("targets").is_some_and(|item| !item.is_value()) || given.is_empty() {
                table.remove("targets");
            }
            if !given.is_empty() {
                set(table, "targets", value_of(&Value::Table(given))?);
            }
        }
        let flags = [
            ("complex", self.complex, old.complex),
            ("people_first", self.people_first, old.people_first),
            ("stop", self.goes_on.then_some(false), old.goes_on.then_some(false)),
        ];
        for (key, new, old) in flags {
            match new {
                new if new == old => {}
                None => drop(table.remove(key)),
                Some(yes) => set(table, key, yes),
            }
        }
        Ok(document.to_string())
    }

    /// The block of a new rule.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_new(&self) -> Result<String, String> {
        self.write("[[rule]]\n")
    }

    /// The condition as a table.
    ///
    /// # Errors
    /// A text that is no TOML.
    pub fn condition(&self) -> Result<Table, String> {
        match &self.when {
            When::Rows(how_many, rows) => Ok(rows::table(*how_many, rows)),
            When::Text(text) => {
                toml::from_str(text).map_err(|error: toml::de::Error| error.message().trim().to_owned())
            }
        }
    }
}

fn when_of(when: Option<&Table>) -> When {
    let Some(when) = when else { return When::default() };
    match rows::read(when) {
        Some((how_many, rows)) => When::Rows(how_many, rows),
        None => {
            let lines: Vec<String> = when.iter().map(|(key, value)| format!("{key} = {value}")).collect();
            When::Text(lines.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{
        routing::{BUILT_IN, Routing},
        rule_form::{blocks::RulesText, rows::Is},
    };

    #[test]
    fn a_rule_that_nobody_changed_stays_as_it_is_written() {
        let odd = "# a\n[[rule]] # b\nname   = 'x'\nstop=true\ntags = 'one'\n[rule.when]\nplan = 'a' # c\nany = [{topic='b'},{topic='c'}]\n";
        for block in RulesText::parse(BUILT_IN).expect("rules").rules().chain([odd]) {
            let draft = RuleDraft::read(block).expect("a rule");
            assert_eq!(draft.write(block).as_deref(), Ok(block));
        }
    }

    #[test]
    fn one_change_leaves_the_rest_with_its_comments() {
        let block = "# Minutes count.\n[[rule]]\nname = \"a\" # the name\nwhen = { topic = \"x\" } # when\n# money\nteam = \"b\"   # the team\ncomplex = true\n";
        let mut draft = RuleDraft::read(block).expect("a rule");
        draft.team = "c".into();
        draft.complex = None;
        draft.goes_on = true;
        draft.targets[0] = "30m".into();
        draft.tags = vec!["d".into()];
        let text = draft.write(block).expect("written");
        assert_eq!(
            text,
            "# Minutes count.\n[[rule]]\nname = \"a\" # the name\nwhen = { topic = \"x\" } # when\n# money\nteam = \"c\"   # the team\n\
             tags = [\"d\"]\ntargets = { first = \"30m\" }\nstop = false\n"
        );
        assert_eq!(RuleDraft::read(&text), Ok(draft));
    }

    #[test]
    fn a_condition_of_its_own_table_is_rewritten_only_if_it_changes() {
        let block = "[[rule]]\nname = 'a'\nteam = 'b'\n[rule.when]\nplan = 'x' # why\n";
        let mut draft = RuleDraft::read(block).expect("a rule");
        draft.team = "c".into();
        assert!(
            draft
                .write(block)
                .expect("written")
                .contains("[rule.when]\nplan = 'x' # why\n")
        );
        let When::Rows(_, rows) = &mut draft.when else {
            panic!("rows")
        };
        rows.push(Row {
            field: "hours".into(),
            is: Is::One,
            values: vec!["open".into()],
        });
        let text = draft.write(block).expect("written");
        assert!(Routing::parse("t", &text, "e").is_ok(), "{text}");
        assert_eq!(RuleDraft::read(&text).expect("a rule").condition(), draft.condition());
    }

    #[test]
    fn a_condition_beyond_rows_is_text_and_comes_back() {
        let block =
            "[[rule]]\nname = 'a'\nwhen = { plan = 'x', any = [{ topic = 'a' }, { words = 'b' }] }\nteam = 'b'\n";
        let mut draft = RuleDraft::read(block).expect("a rule");
        let When::Text(text) = &draft.when else { panic!("text") };
        assert!(
            text.contains("plan = \"x\"") && text.contains("any = [{ topic = \"a\" }"),
            "{text}"
        );
        draft.team = "c".into();
        assert!(
            draft
                .write(block)
                .expect("written")
                .contains("when = { plan = 'x', any = [{ topic = 'a' }, { words = 'b' }] }\n")
        );
        draft.when = When::Text("plan = ".into());
        assert!(draft.write(block).is_err());
    }

    #[test]
    fn a_new_rule_is_written() {
        let draft = RuleDraft {
            name: "a \"b\"".into(),
            team: "c".into(),
            people_first: Some(false),
            ..RuleDraft::default()
        };
        let text = draft.write_new().expect("written");
        assert_eq!(RuleDraft::read(&text), Ok(draft), "{text}");
        assert!(Routing::parse("t", &text, "e").is_ok(), "{text}");
    }
}
