//! Two people's changes of the same rules of routing, put together rule by rule.

use super::{blocks::RulesText, routing_rule::RuleDraft};

/// `theirs` with what `mine` changes in `base`; `None` where both changed the same rule, or the order, in different ways, or
/// where the text cannot be taken apart.
pub fn merge(base: &str, mine: &str, theirs: &str) -> Option<String> {
    let [base, mine, theirs] = [base, mine, theirs].map(|text| RulesText::parse(text).ok());
    let (base, mine, theirs) = (base?, mine?, theirs?);
    if mine.rest() != base.rest() && mine.rest() != theirs.rest() {
        return None;
    }
    let (old, own, now) = (named(&base)?, named(&mine)?, named(&theirs)?);
    let mut merged = theirs.clone();
    for (name, block) in &old {
        match (find(&own, name), find(&now, name)) {
            // Only the other side did something, or nobody.
            (Some(own), _) if own == block => {}
            (own, now) if own == now => {}
            (own, Some(now)) if now == block => {
                let at = place(&merged, name)?;
                match own {
                    Some(own) => merged.replace(at, own.to_owned()),
                    None => merged.remove(at),
                }
            }
            _ => return None,
        }
    }
    for (at, (name, block)) in own.iter().enumerate() {
        if find(&old, name).is_some() {
            continue;
        }
        match find(&now, name) {
            Some(now) if now == block => {}
            Some(_) => return None,
            None => {
                // Behind the rule that it stands behind in my list, as far as that is still there.
                let before = own[..at].iter().rev().find_map(|(name, _)| place(&merged, name));
                merged.insert(before.map_or(0, |before| before + 1), block.clone());
            }
        }
    }
    let all_have = |name: &str| [&old, &own, &now].iter().all(|rules| find(rules, name).is_some());
    let order = |rules: &[(String, String)]| -> Vec<String> {
        let common = rules.iter().filter(|(name, _)| all_have(name));
        common.map(|(name, _)| name.clone()).collect()
    };
    let (was, wanted, is) = (order(&old), order(&own), order(&now));
    if wanted != was && wanted != is {
        if is != was {
            return None;
        }
        let mut places: Vec<usize> = was.iter().filter_map(|name| place(&merged, name)).collect();
        places.sort_unstable();
        for (at, name) in places.into_iter().zip(&wanted) {
            merged.swap(at, place(&merged, name)?);
        }
    }
    Some(merged.text())
}

/// Names and blocks; `None` if a block is no rule or a name is there twice.
fn named(text: &RulesText) -> Option<Vec<(String, String)>> {
    let mut rules: Vec<(String, String)> = Vec::new();
    for block in text.rules() {
        let name = RuleDraft::read(block).ok()?.name;
        if find(&rules, &name).is_some() {
            return None;
        }
        rules.push((name, block.trim_end().to_owned() + "\n"));
    }
    Some(rules)
}

fn find<'a>(rules: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = rules.iter().find(|(own, _)| own == name);
    found.map(|(_, block)| block.as_str())
}

/// Where a rule stands.
fn place(text: &RulesText, name: &str) -> Option<usize> {
    text.rules()
        .position(|block| RuleDraft::read(block).is_ok_and(|rule| rule.name == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rules: &[(&str, &str)]) -> String {
        let blocks = rules
            .iter()
            .map(|(name, team)| format!("# On {name}.\n[[rule]]\nname = '{name}'\nteam = '{team}'\n"));
        format!("# Head.\n\n{}", blocks.collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn changes_of_different_rules_go_together() {
        let base = text(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let mine = text(&[("a", "1"), ("new", "9"), ("c", "mine")]);
        let theirs = text(&[("a", "theirs"), ("b", "2"), ("c", "3"), ("late", "8")]);
        let both = text(&[("a", "theirs"), ("new", "9"), ("c", "mine"), ("late", "8")]);
        assert_eq!(merge(&base, &mine, &theirs), Some(both));
        assert_eq!(merge(&base, &base, &theirs), Some(theirs.clone()));
        assert_eq!(merge(&base, &mine, &base), Some(mine.clone()));
        assert_eq!(merge(&base, &mine, &mine), Some(mine));
    }

    #[test]
    fn my_order_goes_with_their_words() {
        let base = text(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let mine = text(&[("c", "3"), ("a", "1"), ("b", "2")]);
        let theirs = text(&[("a", "1"), ("b", "x"), ("c", "3")]);
        assert_eq!(
            merge(&base, &mine, &theirs),
            Some(text(&[("c", "3"), ("a", "1"), ("b", "x")]))
        );
        let moved = text(&[("b", "2"), ("a", "1"), ("c", "3")]);
        assert_eq!(merge(&base, &mine, &moved), None);
    }

    #[test]
    fn two_changes_of_one_rule_are_for_people() {
        let base = text(&[("a", "1"), ("b", "2")]);
        for (mine, theirs) in [
            (text(&[("a", "mine"), ("b", "2")]), text(&[("a", "theirs"), ("b", "2")])),
            (text(&[("b", "2")]), text(&[("a", "theirs"), ("b", "2")])),
            (text(&[("a", "mine"), ("b", "2")]), text(&[("b", "2")])),
            (
                text(&[("a", "1"), ("b", "2"), ("c", "mine")]),
                text(&[("a", "1"), ("b", "2"), ("c", "theirs")]),
            ),
            (base.replace("# Head", "# Mine"), text(&[("a", "theirs"), ("b", "2")])),
            ("no rules".to_owned(), base.clone()),
        ] {
            assert_eq!(merge(&base, &mine, &theirs), None, "{mine}\n{theirs}");
        }
    }
}
