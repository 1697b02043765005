//! The text of the rules of routing as blocks, one for each rule, with what stands between them.

use toml::Table;
use toml_edit::{Document, Item};

/// A text of rules. What is done to one rule leaves all the others as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesText {
    /// What stands before the first block.
    head: String,
    parts: Vec<Part>,
}

/// A `[[rule]]` or a `[[view]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    is_rule: bool,
    /// With the comment right above it.
    block: String,
    /// What follows: empty lines, and comments that belong to no block.
    gap: String,
}

impl RulesText {
    /// Takes a text apart.
    ///
    /// # Errors
    /// A text that is no TOML, or has its rules in one list that cannot be cut.
    pub fn parse(text: &str) -> Result<Self, String> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mark = &text[..text.len() - body.len()];
        let document = Document::parse(body).map_err(|error| error.to_string())?;
        let mut starts = Vec::new();
        for (key, is_rule) in [("rule", true), ("view", false)] {
            match document.as_table().get(key) {
                None => {}
                Some(Item::ArrayOfTables(tables)) => {
                    let heads = tables.iter().filter_map(|table| table.span());
                    starts.extend(heads.map(|span| (line_start(body, span.start), is_rule)));
                }
                Some(_) => {
                    return Err(format!(
                        "{key} is a list on one line; only [[{key}]] can be shown as forms"
                    ));
                }
            }
        }
        starts.sort_unstable();
        let leads: Vec<usize> = starts.iter().map(|(start, _)| with_comment(body, *start)).collect();
        let first = leads.first().copied().unwrap_or(body.len());
        let part = |(at, (start, is_rule)): (usize, &(usize, bool))| {
            let next = leads.get(at + 1).copied().unwrap_or(body.len());
            let end = start + end_of_code(&body[*start..next]);
            Part {
                is_rule: *is_rule,
                block: body[leads[at]..end].to_owned(),
                gap: body[end..next].to_owned(),
            }
        };
        let parts: Vec<Part> = starts.iter().enumerate().map(part).collect();
        for part in &parts {
            let other = if part.is_rule { "view" } else { "rule" };
            // TOML lets `[rule.when]` stand below a later `[[view]]`; moved, it would belong to another rule.
            if Document::parse(part.block.as_str()).is_ok_and(|block| block.contains_key(other)) {
                return Err(format!(
                    "a table of a [[{other}]] does not stand below its own head; only what stands together can be shown as forms"
                ));
            }
        }
        Ok(RulesText {
            head: format!("{mark}{}", &body[..first]),
            parts,
        })
    }

    /// The whole text.
    pub fn text(&self) -> String {
        let parts = self.parts.iter().flat_map(|part| [&part.block, &part.gap]);
        parts.fold(self.head.clone(), |text, part| text + part)
    }

    /// The rules' own texts, in their order.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        let rules = self.parts.iter().filter(|part| part.is_rule);
        rules.map(|part| part.block.as_str())
    }

    /// All that is not in a rule, without empty lines.
    pub fn rest(&self) -> Vec<&str> {
        let parts = self.parts.iter().flat_map(|part| match part.is_rule {
            true => ["", &part.gap],
            false => [part.block.as_str(), &part.gap],
        });
        let lines = std::iter::once(self.head.as_str()).chain(parts).flat_map(str::lines);
        lines.filter(|line| !line.trim().is_empty()).collect()
    }

    /// Where the rules stand among all blocks.
    fn places(&self) -> Vec<usize> {
        let rules = self.parts.iter().enumerate().filter(|(_, part)| part.is_rule);
        rules.map(|(at, _)| at).collect()
    }

    /// Two rules change places; what stands between them stays. Nothing happens if there are no such rules.
    pub fn swap(&mut self, one: usize, other: usize) {
        let places = self.places();
        if let (Some(&one), Some(&other)) = (places.get(one), places.get(other))
            && one != other
        {
            for at in [one, other] {
                end_line(&mut self.parts[at].block);
                // A comment at the end of one must not become the next one's.
                let is_last = at + 1 == self.parts.len();
                let gap = &mut self.parts[at].gap;
                if gap.is_empty() && !is_last {
                    gap.push('\n');
                }
            }
            let (low, high) = (one.min(other), one.max(other));
            let (before, after) = self.parts.split_at_mut(high);
            std::mem::swap(&mut before[low].block, &mut after[0].block);
        }
    }

    /// Another text for a rule.
    pub fn replace(&mut self, rule: usize, block: String) {
        if let Some(&at) = self.places().get(rule) {
            self.parts[at].block = block;
        }
    }

    /// Takes a rule out, with the comment right above it.
    pub fn remove(&mut self, rule: usize) {
        if let Some(&at) = self.places().get(rule) {
            let gone = self.parts.remove(at);
            // One of the two gaps around it is enough; comments in it stay.
            let kept = gone.gap.trim_start_matches(['\n', '\r']);
            let is_end = at == self.parts.len() && kept.is_empty();
            let before = match at.checked_sub(1) {
                Some(before) => &mut self.parts[before].gap,
                None => &mut self.head,
            };
            before.push_str(kept);
            // No empty lines at the end of the text.
            if is_end {
                before.truncate(before.trim_end_matches('\n').len());
                if !before.is_empty() {
                    before.push('\n');
                }
            }
        }
    }

    /// Puts a new rule before the one that has this number now; at the end if none has it.
    pub fn insert(&mut self, rule: usize, mut block: String) {
        end_line(&mut block);
        let places = self.places();
        let at = match (places.get(rule), places.last()) {
            (Some(&at), _) => at,
            (None, Some(&last)) => last + 1,
            (None, None) => 0,
        };
        let mut gap = String::new();
        if at < self.parts.len() {
            gap.push('\n');
        }
        match at.checked_sub(1).map(|before| &mut self.parts[before]) {
            Some(before) => {
                if before.gap.is_empty() {
                    end_line(&mut before.block);
                }
                if !before.gap.contains('\n') {
                    before.gap.push('\n');
                }
            }
            None if !self.head.is_empty() && !self.head.ends_with("\n\n") => {
                end_line(&mut self.head);
                self.head.push('\n');
            }
            None => {}
        }
        let is_rule = true;
        self.parts.insert(at, Part { is_rule, block, gap });
    }
}

/// The table of one rule's block.
///
/// # Errors
/// What is wrong with it.
pub fn table_of(block: &str) -> Result<Table, String> {
    let table: Table = toml::from_str(block).map_err(|error| error.message().to_owned())?;
    let rule = table
        .get("rule")
        .and_then(|rules| rules.as_array()?.first()?.as_table());
    rule.cloned().ok_or_else(|| "there is no [[rule]] in it".to_owned())
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn end_line(text: &mut String) {
    if !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Where the comment begins that stands right above a line.
fn with_comment(text: &str, start: usize) -> usize {
    let mut at = start;
    while at > 0 {
        let above = line_start(text, at - 1);
        if !text[above..at].trim_start().starts_with('#') {
            break;
        }
        at = above;
    }
    at
}

/// Where the last line of values ends, with comments right below it.
fn end_of_code(text: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    let mut open = true;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let trimmed = line.trim();
        open = match trimmed.starts_with('#') {
            true => open,
            // Values may have empty lines in them; a line of code after one counts again.
            false => !trimmed.is_empty(),
        };
        if open {
            end = at;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::routing::BUILT_IN;

    const TEXT: &str = "# Head of the file.\n\n# On a.\n[[rule]]\nname = 'a' # why\nteam = \"\"\"\n\n# no comment\nx\"\"\"\n# below a\n\n# Part two.\n\n\
                        [[view]]\nname = 'v'\n\n[[rule]]\nname = 'b'\n[rule.when]\nplan = 'x'\n\n# On c.\n[[rule]]\nname = 'c'";

    #[test]
    fn a_text_comes_together_as_it_was() {
        for text in [
            TEXT,
            BUILT_IN,
            "",
            "# nothing",
            "\u{feff}[[rule]]\nname='a'\n",
            "[[rule]]\r\nname='a'\r\n\r\n[[rule]]\r\nname='b'",
        ] {
            assert_eq!(RulesText::parse(text).expect("rules").text(), text);
        }
        assert!(RulesText::parse("rule = [{ name = 'a' }]").is_err());
    }

    #[test]
    fn a_rule_takes_its_own_comment_along_and_leaves_the_rest() {
        let mut rules = RulesText::parse(TEXT).expect("rules");
        let blocks: Vec<&str> = rules.rules().collect();
        assert!(
            blocks[0].starts_with("# On a.\n") && blocks[0].ends_with("# below a\n"),
            "{blocks:?}"
        );
        rules.swap(1, 2);
        let text = rules.text();
        assert!(
            text.ends_with("# On c.\n[[rule]]\nname = 'c'\n\n[[rule]]\nname = 'b'\n[rule.when]\nplan = 'x'\n"),
            "{text}"
        );
        assert!(
            text.contains("# Part two.\n\n[[view]]\nname = 'v'\n\n# On c."),
            "{text}"
        );
        rules.swap(1, 2);
        assert_eq!(rules.text(), format!("{TEXT}\n"));
    }

    #[test]
    fn rules_are_added_and_taken_out() {
        let mut rules = RulesText::parse(TEXT).expect("rules");
        rules.remove(1);
        let text = rules.text();
        assert!(
            !text.contains("'b'") && text.contains("name = 'v'\n\n# On c."),
            "{text}"
        );
        rules.insert(0, "[[rule]]\nname = 'first'".into());
        rules.insert(9, "[[rule]]\nname = 'last'".into());
        let text = rules.text();
        assert!(
            text.starts_with("# Head of the file.\n\n[[rule]]\nname = 'first'\n\n# On a.\n"),
            "{text}"
        );
        assert!(text.ends_with("name = 'c'\n\n[[rule]]\nname = 'last'\n"), "{text}");
        rules.remove(0);
        rules.remove(2);
        assert!(rules.text().ends_with("name = 'c'\n"), "{}", rules.text());
        assert_eq!(rules.rules().count(), 2);
        let mut none = RulesText::parse("# mine").expect("none");
        none.insert(0, "[[rule]]\nname = 'a'".into());
        assert_eq!(none.text(), "# mine\n\n[[rule]]\nname = 'a'\n");
    }

    #[test]
    fn a_table_that_does_not_stand_below_its_rule_is_left_to_the_text() {
        let text = "[[rule]]\n[[view]]\n[rule.when]\nplan = 'y'\n";
        let refused = RulesText::parse(text).expect_err("it cannot be cut");
        assert!(refused.contains("below its own head"), "{refused}");
    }

    /// Lines that a text of rules may have between two rules, and in one.
    fn piece() -> impl proptest::strategy::Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            "\n",
            "# a comment\n",
            "  \n",
            "[[rule]]\n",
            "[[rule]] # head\n",
            "[[view]]\n",
            "team = 'x'\n",
            "tags = [\n  'a', # one\n\n  # two\n]\n",
            "name = \"\"\"\n\n[[rule]]\n# no comment\n\"\"\"\n",
            "[rule.when]\nplan = 'y'\n",
        ])
    }

    proptest::proptest! {
        #[test]
        fn no_text_loses_a_byte(pieces in proptest::collection::vec(piece(), 0..14)) {
            let text = pieces.concat();
            if let Ok(mut rules) = RulesText::parse(&text) {
                proptest::prop_assert_eq!(rules.text(), text);
                let mut blocks: Vec<String> = rules.rules().map(str::to_owned).collect();
                if blocks.len() > 1 {
                    rules.swap(0, blocks.len() - 1);
                    let last = blocks.len() - 1;
                    blocks.swap(0, last);
                    let ended = |block: String| if block.ends_with('\n') { block } else { block + "\n" };
                    let blocks: Vec<String> = blocks.into_iter().map(ended).collect();
                    let again = RulesText::parse(&rules.text()).expect("still rules");
                    proptest::prop_assert_eq!(again.rules().map(str::to_owned).collect::<Vec<_>>(), blocks);
                }
            }
        }
    }
}
