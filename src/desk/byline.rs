//! Who signs a reply for its customer: a person by name, a program by its team, never by the name of its token.
//!
//! History and audit log keep the token's name; this is about what leaves the house.

use serde_json::{Map, Value};

use crate::store::PROGRAM;

/// The author of what a program wrote, as customers see it.
pub const TEAM: &str = "team";

/// Whether this author is a program with a token.
pub fn is_program(author: &str) -> bool {
    author.starts_with(PROGRAM)
}

/// What the team is called to a customer.
pub fn team_name(lang: &str) -> &'static str {
    match lang {
        "id" => "Tim dukungan",
        "ja" => "サポートチーム",
        "de" => "Support-Team",
        "fr" => "L'équipe d'assistance",
        "es" => "Equipo de soporte",
        "zh" => "客服团队",
        _ => "Support team",
    }
}

/// Replaces author and name of what a program wrote; what people and the bot wrote stays as it is.
pub fn sign(author: &mut String, data: &mut Map<String, Value>, lang: &str) {
    if is_program(author) {
        TEAM.clone_into(author);
        data.insert("name".into(), team_name(lang).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_signed_by_its_team_and_a_person_by_name() {
        let signed = |author: &str, lang: &str| {
            let mut data = Map::from_iter([("name".to_owned(), Value::from("env"))]);
            let mut author = author.to_owned();
            sign(&mut author, &mut data, lang);
            (author, data["name"].as_str().map(str::to_owned))
        };
        for (lang, name) in [
            ("en", "Support team"),
            ("id", "Tim dukungan"),
            ("ja", "サポートチーム"),
            ("de", "Support-Team"),
            ("ko", "Support team"),
        ] {
            assert_eq!(signed("token:env", lang), (TEAM.to_owned(), Some(name.to_owned())));
        }
        assert_eq!(signed("01JANA", "en"), ("01JANA".to_owned(), Some("env".to_owned())));
    }
}
