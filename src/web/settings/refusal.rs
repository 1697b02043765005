//! Why a form was not taken: told at the head of the page, with every field to correct by its label and a link to it.

use axum::http::StatusCode;

use super::{
    form::{Field, Form},
    names,
};
use crate::{
    config::Violation,
    http::{Code, Problem},
};

/// What the head of a page says went wrong.
pub struct Wrong {
    /// One or two sentences.
    pub told: String,
    /// What to correct.
    pub fields: Vec<Mistaken>,
    /// Whether the fields are all there is to it.
    is_about_fields: bool,
}

/// A field to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistaken {
    /// Where it is.
    pub href: String,
    /// What the page calls it.
    pub label: String,
    /// What is wrong.
    pub why: String,
}

impl Wrong {
    /// Names the fields of this page that are to be corrected, in their order.
    pub fn name(&mut self, mistaken: impl IntoIterator<Item = Mistaken>) {
        let elsewhere = std::mem::take(&mut self.fields);
        self.fields = mistaken.into_iter().chain(elsewhere).collect();
        if self.is_about_fields && !self.fields.is_empty() {
            let fields = match self.fields.len() {
                1 => "One field needs a correction.".to_owned(),
                n => format!("{n} fields need a correction."),
            };
            self.told = format!("{fields} {KEPT}");
        }
    }
}

/// The fields among these that are to be corrected.
pub fn mistaken<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Vec<Mistaken> {
    fields.into_iter().filter_map(Field::mistaken).collect()
}

const KEPT: &str = "Nothing was saved; what you typed is still here.";

/// Why a form was not taken, for the form to show.
pub struct Refusal {
    /// The status of the page that shows it.
    pub status: StatusCode,
    /// One or two sentences.
    told: String,
    /// By the key of the config.
    violations: Vec<Violation>,
    /// What this page cannot correct.
    elsewhere: Vec<Mistaken>,
    is_about_fields: bool,
}

impl Refusal {
    /// Of fields of the form, which say themselves what is wrong.
    pub fn of_fields() -> Self {
        Refusal {
            told: KEPT.to_owned(),
            is_about_fields: true,
            ..Refusal::plain(StatusCode::UNPROCESSABLE_ENTITY, "")
        }
    }

    /// Of values that the check of the config does not allow; [`Self::mark`] finds their fields.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        Refusal {
            violations,
            ..Refusal::of_fields()
        }
    }

    /// Of anything else.
    pub fn plain(status: StatusCode, told: impl Into<String>) -> Self {
        Refusal {
            status,
            told: told.into(),
            violations: Vec::new(),
            elsewhere: Vec::new(),
            is_about_fields: false,
        }
    }

    /// Somebody else was faster.
    pub fn conflict() -> Self {
        let told = "Somebody else has changed this page's settings while you were here. Nothing was saved; what you typed is \
                    still here. Save again to put it in place of theirs.";
        Refusal::plain(StatusCode::CONFLICT, told)
    }

    /// Of a problem, which names a field as the API does: `field` is the name of that field in the form.
    ///
    /// # Errors
    /// The problem, if no form can mend it.
    pub fn of_problem(
        problem: Problem,
        form: &mut Form,
        field: impl Fn(&str) -> Option<&'static str>,
    ) -> Result<Self, Problem> {
        let status = problem.code.status();
        if !status.is_client_error() || problem.code == Code::Forbidden {
            return Err(problem);
        }
        if let Some(wrong) = &problem.field
            && let Some(name) = field(wrong.name)
        {
            form.wrong(name, &wrong.why);
            return Ok(Refusal {
                status,
                ..Refusal::of_fields()
            });
        }
        Ok(Refusal::plain(status, problem.detail.replace('`', "")))
    }

    /// Puts what is wrong beside the fields of the form; what is set on another page is told with the way there.
    pub fn mark(&mut self, form: &mut Form, name: impl Fn(&str) -> Option<String>) {
        for violation in &self.violations {
            if let Some(name) = name(&violation.key) {
                form.wrong(&name, &violation.allowed);
                continue;
            }
            let (label, href) = match names::elsewhere(&violation.key) {
                Some((label, path)) => (label, path.to_owned()),
                // What no page sets is called as whoever wrote it does.
                None => (violation.key.clone(), "#main".to_owned()),
            };
            self.elsewhere.push(Mistaken {
                href,
                label,
                why: super::form::sentence(&violation.allowed),
            });
        }
    }

    /// For the head of the page.
    pub fn wrong(&self) -> Wrong {
        let mut wrong = Wrong {
            told: self.told.clone(),
            fields: self.elsewhere.clone(),
            is_about_fields: self.is_about_fields,
        };
        wrong.name([]);
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(key: &str) -> Violation {
        Violation {
            key: key.to_owned(),
            value: String::new(),
            allowed: "must be a CSS colour, such as `teal`".to_owned(),
        }
    }

    #[test]
    fn fields_are_named_by_their_labels_and_those_of_other_pages_with_the_way_there() {
        let mut form = Form::default();
        let mut refusal = Refusal::invalid(vec![violation("site.accent"), violation("widget.accent")]);
        refusal.mark(&mut form, |key| key.starts_with("site.").then(|| key.to_owned()));
        let mut wrong = refusal.wrong();
        let accent = Field::text("site.accent", "Accent colour", &form);
        wrong.name(mistaken([&accent, &Field::text("site.name", "Name", &form)]));
        assert!(
            wrong.told.starts_with("2 fields need a correction. Nothing was saved"),
            "{}",
            wrong.told
        );
        let told: Vec<_> = wrong
            .fields
            .iter()
            .map(|field| (field.href.as_str(), field.label.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("#site-accent", "Accent colour"),
                ("/settings/widget", "Colour (on Chat widget)")
            ]
        );
        assert_eq!(wrong.fields[0].why, "Must be a CSS colour, such as teal.");
    }

    #[test]
    fn a_field_that_the_api_names_is_found_in_the_form() {
        let mut form = Form::default();
        let problem = || Problem::of_field("ends_at", "must lie after the beginning");
        let named = |name: &str| (name == "ends_at").then_some("ends");
        let refusal = Refusal::of_problem(problem(), &mut form, named).expect("a form can mend it");
        assert_eq!(form.error("ends"), Some("Must lie after the beginning."));
        assert!(!refusal.wrong().told.contains("ends_at"));
        let plain = Refusal::of_problem(problem(), &mut form, |_| None).expect("a form can mend it");
        assert_eq!(plain.wrong().told, "ends_at must lie after the beginning.");
        let forbidden = Problem::new(Code::Forbidden, "no");
        assert!(Refusal::of_problem(forbidden, &mut form, named).is_err());
    }
}
