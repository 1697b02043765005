//! The frame around the pages of those who work here: one head with what they may do, whoever they are.

use super::{
    assets::FILES,
    page::{Link, encode_path},
};
use crate::{
    desk::people::{Permission, Person},
    http::{Problem, Staff, state::Web},
};

/// A way to another page of the house.
pub struct Place {
    /// Where to and what it is called.
    pub link: Link,
    /// Whether it is the one that is shown.
    pub current: bool,
}

/// What the template `staff.html` needs.
pub struct StaffFrame {
    /// Name of the company.
    pub site: String,
    /// What the page is called.
    pub title: String,
    /// The pages that this person may open.
    pub places: Vec<Place>,
    /// Who is signed in.
    pub name: String,
    /// The first letter of the name, where there is no picture.
    pub initial: String,
    /// Address of their picture.
    pub picture: Option<String>,
    /// What scripts and forms must send to change something.
    pub csrf: String,
    /// Addresses of the static files.
    pub css: &'static str,
    /// The style of these pages.
    pub staff_css: &'static str,
    /// The accent's style.
    pub accent: String,
    /// The operator's style, if there is one.
    pub own_css: Option<String>,
    /// The icon.
    pub favicon: String,
    /// The picture beside the name.
    pub logo: String,
}

/// Every page, with what one must be allowed to do to open it.
pub(super) const PLACES: &[(&str, &str, Permission)] = &[
    ("/inbox", "Inbox", Permission::WorkTickets),
    ("/numbers", "Numbers", Permission::SeeNumbersOfPeople),
    ("/writers", "Coverage", Permission::SeeCoverage),
    ("/settings", "Settings", Permission::ManagePeople),
];

impl StaffFrame {
    /// The frame of the page at `path` (one of [`PLACES`] or below it) for whoever is signed in.
    ///
    /// # Errors
    /// 403 for a program with a token: pages are for people.
    pub fn new(web: &Web, staff: &Staff, path: &str, title: &str) -> Result<Self, Problem> {
        let person = staff.require_person()?;
        let site = web.site();
        let place = |&(href, text, _): &(&str, &str, Permission)| Place {
            link: Link {
                href: href.to_owned(),
                text: text.to_owned(),
            },
            current: path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')),
        };
        Ok(StaffFrame {
            site: site.name.clone(),
            title: title.to_owned(),
            places: PLACES
                .iter()
                .filter(|(_, _, permission)| staff.can(*permission))
                .map(place)
                .collect(),
            name: person.name.clone(),
            initial: initial(person),
            picture: picture(person),
            csrf: staff.csrf_token().unwrap_or_default(),
            css: FILES.path("app.css"),
            staff_css: FILES.path("staff.css"),
            accent: site.accent().path.clone(),
            own_css: site.css().map(|css| css.path.clone()),
            favicon: site.favicon().path.clone(),
            logo: site.logo().unwrap_or(site.favicon()).path.clone(),
        })
    }

    /// The address of a static file.
    pub fn file(&self, name: &str) -> &'static str {
        FILES.path(name)
    }
}

/// The page that this person comes to after signing in.
pub fn first_page(person: &Person) -> &'static str {
    PLACES
        .iter()
        .find(|(_, _, permission)| person.role.may(*permission))
        .map_or("/account", |(path, ..)| path)
}

/// The first letter of a name, for where there is no picture.
pub(super) fn initial(person: &Person) -> String {
    let first = person.name.trim().chars().next();
    first.map(|c| c.to_uppercase().to_string()).unwrap_or_default()
}

/// The address of a person's picture, if they have one.
pub(super) fn picture(person: &Person) -> Option<String> {
    let hash = person.picture.as_ref()?;
    Some(format!("/api/v1/people/{}/picture?{hash}", encode_path(&person.id)))
}
