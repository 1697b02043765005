//! Where in a text of rules a message points: what reads rules names the rule and the key, an editor needs the line. Pure.

/// A message with its line.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// 1-based, if it could be found.
    pub line: Option<usize>,
    /// One sentence.
    pub told: String,
}

/// Finds the line of a message.
pub fn find(message: &str, text: &str) -> Mistake {
    let told = |line: Option<usize>, told: &str| Mistake {
        line,
        told: capital(told.trim()),
    };
    // `TOML parse error at line 3, column 5`, a drawing of the line, and the reason.
    if let Some(at) = message.find("at line ") {
        let digits: String = message[at + 8..].chars().take_while(char::is_ascii_digit).collect();
        let reason = message
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or(message);
        return told(digits.parse().ok(), reason);
    }
    // `FILE: rule NAME: KEY: REASON`.
    if let Some((_, rest)) = message.split_once(": rule ")
        && let Some((rule, rest)) = rest.split_once(": ")
    {
        let key = rest.split([':', '.', '[']).next().unwrap_or_default();
        return told(line_of_rule(text, rule, key), &format!("rule {rule}: {rest}"));
    }
    // `rule "NAME" is never reached …`
    if let Some(rest) = message.strip_prefix("rule \"")
        && let Some((rule, _)) = rest.split_once('"')
    {
        return told(line_of_rule(text, rule, "name"), message);
    }
    // A pattern or an example that the message quotes.
    let quoted = text.lines().position(|line| {
        let line = line.trim().trim_end_matches(',');
        let inner = line.trim_matches(['\'', '"']);
        inner.chars().count() > 3 && message.contains(inner)
    });
    let reason = message.strip_prefix("topic rules: ").unwrap_or(message);
    told(quoted.map(|at| at + 1), reason)
}

/// The line of a key of a rule, else the one where the rule begins. A rule without a name is called by its number.
fn line_of_rule(text: &str, rule: &str, key: &str) -> Option<usize> {
    let is_head = |line: &str| line.trim_start().starts_with("[[");
    let heads = text
        .lines()
        .enumerate()
        .filter(|(_, line)| is_head(line))
        .map(|(at, _)| at);
    let heads: Vec<usize> = heads.collect();
    let lines: Vec<&str> = text.lines().collect();
    let has_key = |line: &str, key: &str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
    };
    let wanted = rule.trim_matches('"');
    let block = |at: usize| {
        let end = heads.iter().find(|head| **head > at).copied().unwrap_or(lines.len());
        at..end
    };
    let is_it = |(number, at): &(usize, usize)| {
        let named = block(*at).any(|line| has_key(lines[line], "name") && lines[line].contains(wanted));
        named || wanted.trim_start_matches("number ").parse() == Ok(number + 1)
    };
    let (_, head) = heads.iter().copied().enumerate().find(is_it)?;
    let line = block(head).find(|line| has_key(lines[*line], key)).unwrap_or(head);
    Some(line + 1)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    first + chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::routing::Routing;

    fn found(text: &str) -> Mistake {
        let error = Routing::parse("routing.toml", text, "escalation").expect_err("it is wrong");
        find(&error.to_string(), text)
    }

    #[test]
    fn a_slip_of_the_pen_has_its_line() {
        assert_eq!(found("[[rule]]\nname = 'a'\nteam = \n").line, Some(3));
    }

    #[test]
    fn an_unknown_condition_has_the_line_of_its_rule() {
        let text =
            "[[rule]]\nname = 'a'\nteam = 'x'\n\n[[rule]]\nname = 'b'\nwhen = { weather = 'rain' }\nteam = 'y'\n";
        let mistake = found(text);
        assert_eq!(mistake.line, Some(7), "{mistake:?}");
        assert!(mistake.told.contains("weather"), "{mistake:?}");
    }

    #[test]
    fn a_rule_that_is_never_reached_has_its_line() {
        let text = "[[rule]]\nname = \"all\"\nteam = 'x'\n[[rule]]\nname = \"late\"\nteam = 'y'\n";
        let mistake = find("rule \"late\" is never reached: \"all\" takes everything", text);
        assert_eq!(mistake.line, Some(5));
    }

    #[test]
    fn an_example_that_fails_has_its_line() {
        let text = "[en]\nexamples = [\n  \"my card is gone\",\n]\n";
        let mistake = find("security: should match, does not: \"my card is gone\"", text);
        assert_eq!(mistake.line, Some(3));
    }
}
