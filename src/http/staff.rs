//! Who works at the desk: a person with a session, or a program with a token.
//!
//! A request shows a bearer token (from the configuration or the store) or the cookie [`COOKIE`]. With the cookie, whatever
//! changes something must also show the session's CSRF token, which pages of other sites cannot know: in the header
//! [`CSRF_HEADER`], or in the field `csrf` of a form ([`StaffForm`]).

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    client::Client,
    error::{Code, Problem},
    extract::FormBody,
    limits::Operation,
    origin::check_same_origin,
    state::Web,
};
use crate::{
    desk::{
        Staffer,
        people::{Permission, Person, Role, Scope, Session},
        queue::Actor,
    },
    store::PROGRAM,
};

/// The session's cookie.
pub const COOKIE: &str = "tanya_session";
/// The header of the CSRF token.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// How long browsers keep the cookie; the server ends sessions earlier.
const COOKIE_SECONDS: u32 = 30 * 24 * 3600;

/// Somebody who works at the desk, or a program that does.
#[derive(Debug, Clone)]
pub struct Staff {
    /// A person's id, or `token:NAME`.
    pub id: String,
    /// The name that goes into a ticket's history.
    pub name: String,
    rights: Rights,
}

#[derive(Debug, Clone)]
enum Rights {
    Person(Box<SignedInPerson>),
    Token(Vec<Scope>),
}

#[derive(Clone)]
struct SignedInPerson {
    session: Session,
    secret: String,
}

impl std::fmt::Debug for SignedInPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedInPerson")
            .field("session", &self.session)
            .field("secret", &"***")
            .finish()
    }
}

impl Staff {
    fn person_of(session: Session, secret: &str) -> Self {
        Staff {
            id: session.person.id.clone(),
            name: session.person.name.clone(),
            rights: Rights::Person(Box::new(SignedInPerson {
                session,
                secret: secret.to_owned(),
            })),
        }
    }

    fn program(name: String, scopes: Vec<Scope>) -> Self {
        Staff {
            id: format!("{PROGRAM}{name}"),
            name,
            rights: Rights::Token(scopes),
        }
    }

    /// The role of a person; programs have none.
    pub fn role(&self) -> Option<Role> {
        self.person().map(|person| person.role)
    }

    /// The scopes of a program's token; people have none.
    pub fn scopes(&self) -> &[Scope] {
        match &self.rights {
            Rights::Person(_) => &[],
            Rights::Token(scopes) => scopes,
        }
    }

    /// The person, if it is one.
    pub fn person(&self) -> Option<&Person> {
        self.signed_in().map(|signed_in| &signed_in.session.person)
    }

    /// The session, if it is a person.
    pub fn session(&self) -> Option<&Session> {
        self.signed_in().map(|signed_in| &signed_in.session)
    }

    /// The session's secret, for what concerns the session itself.
    pub fn session_secret(&self) -> Option<&str> {
        self.signed_in().map(|signed_in| signed_in.secret.as_str())
    }

    /// What forms and scripts must send to change something; only people have and need one.
    pub fn csrf_token(&self) -> Option<String> {
        self.session_secret().map(csrf_token)
    }

    /// Whether this may be done.
    ///
    /// # Errors
    /// 403 `forbidden` that says what is missing.
    pub fn may(&self, permission: Permission) -> Result<(), Problem> {
        if self.can(permission) {
            return Ok(());
        }
        let deed = permission.deed();
        let detail = match self.role() {
            Some(role) => format!("With the role {} you may not {deed}.", role.as_str()),
            None => format!("The scopes of this token do not let it {deed}."),
        };
        Err(Problem::new(Code::Forbidden, detail).needs(permission))
    }

    /// [`Self::may`] as a plain answer, for pages that show less to some.
    pub fn can(&self, permission: Permission) -> bool {
        match &self.rights {
            Rights::Person(signed_in) => signed_in.session.person.role.may(permission),
            Rights::Token(scopes) => scopes.iter().any(|scope| scope.may(permission)),
        }
    }

    /// As the queue sees them.
    pub fn actor(&self) -> Actor {
        Actor {
            id: self.id.clone(),
            name: self.name.clone(),
            // Programs do not overrule people: what is a manager's right needs a person.
            manages: self.person().is_some() && self.can(Permission::EndConversations),
        }
    }

    /// As those see them who read what they write.
    pub fn staffer(&self) -> Staffer {
        let person = self.person();
        Staffer {
            actor: self.actor(),
            picture: person
                .filter(|person| person.picture.is_some())
                .map(|person| format!("/api/v1/people/{}/picture", person.id)),
            capacity: person.map(|person| person.capacity),
        }
    }

    /// The person, for routes that make sense for people only.
    ///
    /// # Errors
    /// 403 `forbidden` for a program.
    pub fn require_person(&self) -> Result<&Person, Problem> {
        self.person().ok_or_else(|| {
            let detail =
                "This is about the person who is signed in; a token is nobody. Sign in with a password or a link.";
            Problem::new(Code::Forbidden, detail)
        })
    }

    /// Checks the CSRF token that came with a change; programs need none.
    ///
    /// # Errors
    /// 403 `cross_origin`.
    pub fn check_csrf(&self, sent: Option<&str>) -> Result<(), Problem> {
        let Some(secret) = self.session_secret() else {
            return Ok(());
        };
        if sent.is_some_and(|sent| is_csrf_token(secret, sent)) {
            return Ok(());
        }
        let detail = "Whoever is signed in by cookie must send the session's CSRF token with every change: as `X-CSRF-Token`, \
                      or as the field `csrf` of a form. `GET /api/v1/session` tells it.";
        Err(Problem::new(Code::CrossOrigin, detail))
    }

    fn signed_in(&self) -> Option<&SignedInPerson> {
        match &self.rights {
            Rights::Person(signed_in) => Some(signed_in),
            Rights::Token(_) => None,
        }
    }
}

impl FromRequestParts<Web> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let staff = identify(parts, web).await?;
        if !is_safe(&parts.method) {
            let sent = parts.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
            staff.check_csrf(sent)?;
        }
        Ok(staff)
    }
}

/// A form that somebody who works here sent from one of our pages, with the CSRF token in its field `csrf`.
pub struct StaffForm<T>(pub Staff, pub T);

impl<T: DeserializeOwned> FromRequest<Web> for StaffForm<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        check_same_origin(&parts.headers, web.site().public_url.as_deref())?;
        let staff = identify(&mut parts, web).await?;
        let request = Request::from_parts(parts, body);
        let FormBody(fields) = FormBody::<Map<String, Value>>::from_request(request, web).await?;
        staff.check_csrf(fields.get("csrf").and_then(Value::as_str))?;
        let form = serde_json::from_value(Value::Object(fields))
            .map_err(|error| Problem::new(Code::InvalidBody, format!("The form cannot be read: {error}.")))?;
        Ok(StaffForm(staff, form))
    }
}

/// Somebody who works here, whose CSRF token the handler checks itself: for forms that are read piece by piece.
pub struct UncheckedStaff(pub Staff);

impl FromRequestParts<Web> for UncheckedStaff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        check_same_origin(&parts.headers, web.site().public_url.as_deref())?;
        identify(parts, web).await.map(UncheckedStaff)
    }
}

async fn identify(parts: &mut Parts, web: &Web) -> Result<Staff, Problem> {
    if let Some(sent) = parts.headers.get(header::AUTHORIZATION) {
        let token = sent.to_str().ok().and_then(bearer).map(str::to_owned);
        let Some(token) = token else {
            return Err(Problem::unauthorized(true));
        };
        return program(&token, parts, web).await;
    }
    let Some(secret) = cookie(&parts.headers, COOKIE) else {
        return Err(Problem::unauthorized(false));
    };
    let session = web.session(secret).await?;
    session
        .map(|session| Staff::person_of(session, secret))
        .ok_or_else(|| Problem::unauthorized(false))
}

async fn program(token: &str, parts: &mut Parts, web: &Web) -> Result<Staff, Problem> {
    if let Some(name) = web.staff_name(token) {
        return Ok(Staff::program(name, Scope::ALL.to_vec()));
    }
    if let Some(token) = web.token(token).await? {
        return Ok(Staff::program(token.name, token.scopes));
    }
    let client = match Client::from_request_parts(parts, web).await {
        Ok(client) => client,
        Err(never) => match never {},
    };
    web.limits().check(Operation::WrongToken, client)?;
    Err(Problem::unauthorized(true))
}

/// Methods that change nothing (RFC 9110).
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// The token of `Bearer TOKEN`.
pub(super) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// `Set-Cookie` that begins a session. Scripts cannot read it, other sites' forms do not carry it.
pub fn session_cookie(web: &Web, secret: &str) -> Result<HeaderValue, Problem> {
    let secure = secure_attribute(web);
    let cookie = format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}{secure}");
    HeaderValue::from_str(&cookie).map_err(Problem::internal)
}

/// `Set-Cookie` that makes the browser forget it.
pub fn forgotten_cookie(web: &Web) -> Result<HeaderValue, Problem> {
    let secure = secure_attribute(web);
    let cookie = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{secure}");
    HeaderValue::from_str(&cookie).map_err(Problem::internal)
}

fn secure_attribute(web: &Web) -> &'static str {
    let is_https = web
        .site()
        .public_url
        .as_ref()
        .is_some_and(|url| url.starts_with("https://"));
    if is_https { "; Secure" } else { "" }
}

/// Follows from the session's secret, so that nothing has to be kept.
pub fn csrf_token(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(csrf_mac(secret).finalize().into_bytes())
}

fn is_csrf_token(secret: &str, sent: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(sent)
        .is_ok_and(|sent| csrf_mac(secret).verify_slice(&sent).is_ok())
}

fn csrf_mac(secret: &str) -> Hmac<Sha256> {
    let key = Sha256::new().chain_update(b"csrf key:").chain_update(secret).finalize();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(secret.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_takes_any_case_of_the_scheme() {
        assert_eq!(bearer("bearer abc"), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("Bearer"), None);
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; xtanya_session=no".parse().expect("header"));
        headers.append(header::COOKIE, "tanya_session=yes; b=2".parse().expect("header"));
        assert_eq!(cookie(&headers, COOKIE), Some("yes"));
        assert_eq!(cookie(&headers, "c"), None);
    }

    #[test]
    fn a_csrf_token_belongs_to_one_session() {
        let token = csrf_token("secret of ana");
        assert!(is_csrf_token("secret of ana", &token));
        for (secret, sent) in [
            ("secret of budi", token.as_str()),
            ("secret of ana", ""),
            ("secret of ana", "secret of ana"),
            ("secret of ana", &token[..20]),
        ] {
            assert!(!is_csrf_token(secret, sent), "{secret} {sent}");
        }
        assert!(!token.contains("secret"));
    }

    #[test]
    fn a_program_may_do_what_its_scopes_say() {
        let reader = Staff::program("export".into(), vec![Scope::TicketsRead]);
        assert!(reader.may(Permission::ReadTickets).is_ok());
        let refused = reader.may(Permission::WorkTickets).expect_err("no scope");
        assert_eq!(refused.code, Code::Forbidden);
        assert_eq!((reader.id.as_str(), reader.role()), ("token:export", None));
        assert!(reader.check_csrf(None).is_ok());
    }
}
