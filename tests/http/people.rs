use axum::http::Method;
use serde_json::{Value, json};
use tanya::desk::people::{NewPerson, People, Role};

use crate::common::{Reply, Site, TOKEN, request};

const PASSWORD: &str = "kopi susu tanpa gula";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

/// A help center with people, made past the network as the command line does.
pub struct Desk {
    pub site: Site,
    pub people: People,
}

/// A browser with a session.
pub struct Browser<'a> {
    site: &'a Site,
    pub cookie: String,
    pub csrf: String,
}

impl Desk {
    pub async fn new() -> Desk {
        let (site, app) = Site::with_app(|_| ()).await;
        Desk {
            site,
            people: app.people,
        }
    }

    pub async fn add(&self, name: &str, role: Role) -> String {
        let new = NewPerson {
            email: format!("{name}@example.com"),
            name: name.into(),
            role,
            teams: Vec::new(),
            skills: Vec::new(),
            level: None,
            capacity: None,
        };
        let added = self.people.add(new, Some(PASSWORD), "cli:test").await;
        added.expect("a person").0.id
    }

    async fn sign_in(&self, name: &str) -> Reply {
        let body = json!({"email": format!("{name}@example.com"), "password": PASSWORD});
        self.site.post("/api/v1/session", body).await
    }

    pub async fn browser(&self, name: &str) -> Browser<'_> {
        let reply = self.sign_in(name).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        Browser {
            site: &self.site,
            cookie: cookie_of(&reply),
            csrf: reply.json()["csrf"].as_str().expect("a token").to_owned(),
        }
    }
}

/// `name=value` of the cookie that was set.
fn cookie_of(reply: &Reply) -> String {
    reply
        .header("set-cookie")
        .split(';')
        .next()
        .expect("a cookie")
        .to_owned()
}

impl Browser<'_> {
    pub async fn get(&self, path: &str) -> Reply {
        self.site.get_with(path, &[("cookie", &self.cookie)]).await
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let own = [
            ("cookie", self.cookie.as_str()),
            ("x-csrf-token", &self.csrf),
            ("content-type", "application/json"),
        ];
        let headers = [&own[..], headers].concat();
        self.site.send(request(method, path, &headers, body.to_string())).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, &[], body).await
    }

    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.site.send(request(Method::POST, path, &headers, body)).await
    }
}

async fn as_program(site: &Site, method: Method, path: &str, token: &str, body: Value) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    site.send(request(method, path, &headers, body.to_string())).await
}

#[tokio::test]
async fn signing_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get() {
    let desk = Desk::new().await;
    let id = desk.add("ana", Role::Agent).await;
    let reply = desk.sign_in("ana").await;
    let cookie = reply.header("set-cookie");
    for part in ["tanya_session=", "; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.json()["person"]["id"], id.as_str());
    assert!(!reply.body.contains("argon2") && !reply.body.contains(&cookie_of(&reply)[14..]));
    let browser = desk.browser("ana").await;
    let me = browser.get("/api/v1/session").await.json();
    assert_eq!((&me["id"], &me["csrf"]), (&json!(id), &json!(browser.csrf)));
    assert_eq!(browser.get("/api/v1/people/me").await.json()["name"], "ana");
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure() {
    let (site, app) = Site::with_app(|config| config.server.public_url = Some("https://help.example.com".into())).await;
    let desk = Desk {
        site,
        people: app.people,
    };
    desk.add("ana", Role::Agent).await;
    assert!(desk.sign_in("ana").await.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn a_failed_sign_in_says_the_same_whatever_was_wrong_and_is_slowed_down() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Agent).await;
    let attempt = async |email: &str| {
        let body = json!({"email": email, "password": "wrong"});
        desk.site.post("/api/v1/session", body).await
    };
    let known = attempt("ana@example.com").await;
    let unknown = attempt("nobody@example.com").await;
    known.is_problem(401, "unauthorized");
    assert!(known.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(known.body, unknown.body);
    assert!(known.header("set-cookie").is_empty());
    let mut last = known;
    for _ in 0..12 {
        last = attempt("ana@example.com").await;
    }
    last.is_problem(429, "rate_limited");
    // The client's own limit comes after more attempts, whatever the account.
    for i in 0..10 {
        last = attempt(&format!("somebody{i}@example.com")).await;
    }
    last.is_problem(429, "rate_limited");
}

#[tokio::test]
async fn changes_by_cookie_need_the_csrf_token_of_the_session() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Agent).await;
    desk.add("budi", Role::Agent).await;
    let (ana, budi) = (desk.browser("ana").await, desk.browser("budi").await);
    let body = json!({"availability": {"state": "away"}});
    let path = "/api/v1/people/me/availability";
    let with = async |headers: &[(&str, &str)]| {
        let headers = [&[("cookie", ana.cookie.as_str())], headers].concat();
        desk.site.post_with(path, &headers, &body).await
    };
    with(&[]).await.is_problem(403, "cross_origin");
    with(&[("x-csrf-token", &budi.csrf)])
        .await
        .is_problem(403, "cross_origin");
    with(&[("x-csrf-token", "")]).await.is_problem(403, "cross_origin");
    let accepted = with(&[("x-csrf-token", &ana.csrf)]).await;
    assert_eq!(accepted.json()["availability"]["state"], "away", "{}", accepted.body);
    // Forms: the field counts, and only from our own pages.
    assert_eq!(ana.submit("/account/name", &[("name", "Ana B.")]).await.status, 403);
    let sent = ana
        .submit("/account/name", &[("name", "Ana B."), ("csrf", &ana.csrf)])
        .await;
    assert_eq!(
        (sent.status.as_u16(), sent.header("location")),
        (303, "/account?saved=1")
    );
    let foreign = [
        ("cookie", ana.cookie.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "cross-site"),
    ];
    let body = format!("name=x&csrf={}", ana.csrf);
    let foreign = request(Method::POST, "/account/name", &foreign, body);
    assert_eq!(desk.site.send(foreign).await.status, 403);
    assert_eq!(ana.get("/api/v1/people/me").await.json()["name"], "Ana B.");
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Agent).await;
    let browser = desk.browser("ana").await;
    let out = browser.send(Method::DELETE, "/api/v1/session", &[], json!(null)).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    browser.get("/api/v1/session").await.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Agent).await;
    let (here, there) = (desk.browser("ana").await, desk.browser("ana").await);
    let change = async |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        here.post("/api/v1/session/password", body).await
    };
    change("wrong", "teh tarik dua gelas")
        .await
        .is_problem(401, "unauthorized");
    change(PASSWORD, "short").await.is_problem(422, "invalid_body");
    assert_eq!(change(PASSWORD, "teh tarik dua gelas").await.status, 200);
    assert_eq!(here.get("/api/v1/session").await.status, 200);
    there.get("/api/v1/session").await.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn whoever_is_disabled_is_out_with_the_next_request() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Administrator).await;
    let budi = desk.add("budi", Role::Agent).await;
    let (ana, of_budi) = (desk.browser("ana").await, desk.browser("budi").await);
    assert_eq!(of_budi.get("/api/v1/tickets").await.status, 200);
    let path = format!("/api/v1/people/{budi}");
    let disabled = ana
        .send(
            Method::PATCH,
            &path,
            &[("if-match", "\"1\"")],
            json!({"disabled": true}),
        )
        .await;
    assert_eq!(disabled.status, 200, "{}", disabled.body);
    of_budi.get("/api/v1/tickets").await.is_problem(401, "unauthorized");
    desk.sign_in("budi").await.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn a_change_names_the_version_that_was_read() {
    let desk = Desk::new().await;
    let ana = desk.add("ana", Role::Administrator).await;
    let budi = desk.add("budi", Role::Agent).await;
    let browser = desk.browser("ana").await;
    let path = format!("/api/v1/people/{budi}");
    let tag = browser.get(&path).await.header("etag").to_owned();
    let change = async |headers: &[(&str, &str)], body: Value| browser.send(Method::PATCH, &path, headers, body).await;
    change(&[], json!({"level": 2}))
        .await
        .is_problem(428, "precondition_required");
    let changed = change(&[("if-match", &tag)], json!({"level": 2})).await;
    assert_eq!(
        (changed.json()["level"].as_i64(), changed.header("etag")),
        (Some(2), "\"2\"")
    );
    change(&[("if-match", &tag)], json!({"level": 3}))
        .await
        .is_problem(412, "precondition_failed");
    change(&[("if-match", "W/\"2\"")], json!({"level": 3}))
        .await
        .is_problem(412, "precondition_failed");
    assert_eq!(change(&[("if-match", "*")], json!({"level": 3})).await.status, 200);
    change(&[("if-match", "*")], json!({"level": 9}))
        .await
        .is_problem(422, "invalid_body");
    change(&[("if-match", "*")], json!({"email": "ana@example.com"}))
        .await
        .is_problem(409, "not_now");
    let own = format!("/api/v1/people/{ana}");
    for body in [json!({"disabled": true}), json!({"role": "agent"})] {
        let refused = browser.send(Method::PATCH, &own, &[("if-match", "*")], body).await;
        refused.is_problem(409, "not_now");
    }
    browser
        .send(
            Method::PATCH,
            "/api/v1/people/nobody",
            &[("if-match", "*")],
            json!({"level": 1}),
        )
        .await
        .is_problem(404, "not_found");
}

#[tokio::test]
async fn a_manager_changes_people_but_administrators() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Manager).await;
    let (budi, citra) = (
        desk.add("budi", Role::Agent).await,
        desk.add("citra", Role::Administrator).await,
    );
    let browser = desk.browser("ana").await;
    let change = async |id: &str, body: Value| {
        let path = format!("/api/v1/people/{id}");
        browser.send(Method::PATCH, &path, &[("if-match", "*")], body).await
    };
    assert_eq!(change(&budi, json!({"teams": ["billing"]})).await.status, 200);
    change(&budi, json!({"role": "administrator"}))
        .await
        .is_problem(403, "forbidden");
    change(&citra, json!({"disabled": true}))
        .await
        .is_problem(403, "forbidden");
    browser
        .post(&format!("/api/v1/people/{citra}/sign-in-link"), json!({}))
        .await
        .is_problem(403, "forbidden");
    for path in [
        "/api/v1/tokens",
        "/api/v1/audit",
        "/api/v1/settings",
        "/api/v1/rules/routing",
    ] {
        browser.get(path).await.is_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn everybody_may_change_their_own_name_and_nothing_else() {
    let desk = Desk::new().await;
    let ana = desk.add("ana", Role::Agent).await;
    let budi = desk.add("budi", Role::Agent).await;
    let browser = desk.browser("ana").await;
    let change = async |id: &str, body: Value| {
        let path = format!("/api/v1/people/{id}");
        browser.send(Method::PATCH, &path, &[("if-match", "*")], body).await
    };
    assert_eq!(change("me", json!({"name": "Ana B."})).await.json()["name"], "Ana B.");
    change(&ana, json!({"role": "administrator"}))
        .await
        .is_problem(403, "forbidden");
    change(&budi, json!({"name": "x"})).await.is_problem(403, "forbidden");
    for path in ["/api/v1/tokens", "/api/v1/audit"] {
        browser.get(path).await.is_problem(403, "forbidden");
    }
    assert_eq!(
        browser.get("/api/v1/people").await.json()["people"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn roles_keep_to_their_work() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Writer).await;
    desk.add("budi", Role::Agent).await;
    let (writer, agent) = (desk.browser("ana").await, desk.browser("budi").await);
    writer.get("/api/v1/tickets").await.is_problem(403, "forbidden");
    assert_eq!(agent.get("/api/v1/tickets").await.status, 200);
    let opened = desk
        .site
        .post("/api/v1/tickets", json!({"question": "Where is my box?"}))
        .await;
    assert_eq!(opened.status, 201);
    let reference = opened.json()["reference"].as_str().expect("a reference").to_owned();
    let path = format!("/api/v1/tickets/{reference}/resolve");
    let body = json!({"version": 1});
    writer.post(&path, body.clone()).await.is_problem(403, "forbidden");
    let resolved = agent.post(&path, body).await;
    assert_eq!(resolved.status, 200, "{}", resolved.body);
    assert!(resolved.body.contains("budi"));
}

#[tokio::test]
async fn an_added_person_comes_in_by_a_link_and_chooses_a_password() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Administrator).await;
    let browser = desk.browser("ana").await;
    let body = json!({"email": "Budi@Example.com", "name": "Budi", "role": "agent", "teams": ["billing"]});
    let added = browser.post("/api/v1/people", body.clone()).await;
    assert_eq!(added.status, 201, "{}", added.body);
    assert_eq!(added.header("cache-control"), "no-store");
    let link = added.json()["sign_in"]["url"].as_str().expect("a link").to_owned();
    assert_eq!(added.json()["person"]["email"], "budi@example.com");
    browser.post("/api/v1/people", body).await.is_problem(409, "not_now");
    // Previews of links use nothing up.
    for _ in 0..2 {
        let page = desk.site.get(&link).await;
        assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
        assert!(page.body.contains("Sign in as Budi") && page.body.contains("noindex"));
    }
    let foreign = desk.site.submit_from(&link, &[], "cross-site").await;
    assert_eq!(foreign.status, 403);
    let came_in = desk.site.submit(&link, &[]).await;
    assert_eq!((came_in.status.as_u16(), came_in.header("location")), (303, "/inbox"));
    let cookie = cookie_of(&came_in);
    for dead in [desk.site.submit(&link, &[]).await, desk.site.get(&link).await] {
        assert_eq!(dead.status, 410);
        assert!(dead.body.contains("This link no longer works"));
    }
    let account = desk.site.get_with("/account", &[("cookie", &cookie)]).await;
    assert!(account.body.contains("You have no password yet"), "{}", account.body);
    let csrf = desk
        .site
        .get_with("/api/v1/session", &[("cookie", &cookie)])
        .await
        .json()["csrf"]
        .clone();
    let budi = Browser {
        site: &desk.site,
        cookie,
        csrf: csrf.as_str().expect("a token").to_owned(),
    };
    let chosen = budi
        .submit(
            "/account/password",
            &[("new", "teh tarik dua gelas"), ("csrf", &budi.csrf)],
        )
        .await;
    assert_eq!(chosen.status, 303, "{}", chosen.body);
    assert_eq!(budi.get("/api/v1/people/me").await.json()["has_password"], true);
    let id = added.json()["person"]["id"].as_str().expect("an id").to_owned();
    let again = browser
        .post(&format!("/api/v1/people/{id}/sign-in-link"), json!(null))
        .await;
    assert_eq!(again.status, 201);
    assert!(
        again.json()["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("/login/"))
    );
}

#[tokio::test]
async fn a_token_is_shown_once_keeps_to_its_scopes_and_can_be_revoked() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Administrator).await;
    let browser = desk.browser("ana").await;
    let body = json!({"name": "export", "scopes": ["tickets:read"]});
    let made = browser.post("/api/v1/tokens", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
    assert!(secret.starts_with("tanya_"));
    let list = browser.get("/api/v1/tokens").await;
    assert!(list.body.contains("export") && !list.body.contains(&secret));
    let site = &desk.site;
    let get = async |path: &str| as_program(site, Method::GET, path, &secret, json!(null)).await;
    assert_eq!(get("/api/v1/tickets").await.status, 200);
    assert_eq!(get("/api/v1/session").await.json()["scopes"], json!(["tickets:read"]));
    get("/api/v1/tokens").await.is_problem(403, "forbidden");
    get("/api/v1/people/me").await.is_problem(403, "forbidden");
    let resolve = "/api/v1/tickets/T-7K3F-9QXM/resolve";
    as_program(site, Method::POST, resolve, &secret, json!({"version": 1}))
        .await
        .is_problem(403, "forbidden");
    let id = made.json()["token"]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(browser.send(Method::DELETE, &path, &[], json!(null)).await.status, 204);
    get("/api/v1/tickets").await.is_problem(401, "unauthorized");
    browser
        .send(Method::DELETE, "/api/v1/tokens/none", &[], json!(null))
        .await
        .is_problem(404, "not_found");
    for bad in [
        json!({"name": "x", "scopes": []}),
        json!({"name": "x", "scopes": ["all"]}),
    ] {
        browser
            .post("/api/v1/tokens", bad)
            .await
            .is_problem(422, "invalid_body");
    }
}

#[tokio::test]
async fn whoever_may_change_people_cannot_become_an_administrator() {
    let desk = Desk::new().await;
    let ana = desk.add("ana", Role::Administrator).await;
    let budi = desk.add("budi", Role::Agent).await;
    let browser = desk.browser("ana").await;
    let made = browser
        .post("/api/v1/tokens", json!({"name": "hr", "scopes": ["people:write"]}))
        .await;
    let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
    let send = async |method: Method, path: &str, body: Value| {
        let bearer = format!("Bearer {secret}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("if-match", "*"),
        ];
        desk.site.send(request(method, path, &headers, body.to_string())).await
    };
    let new = json!({"email": "x@example.com", "name": "x", "role": "administrator"});
    send(Method::POST, "/api/v1/people", new)
        .await
        .is_problem(403, "forbidden");
    let path = format!("/api/v1/people/{budi}");
    send(Method::PATCH, &path, json!({"role": "administrator"}))
        .await
        .is_problem(403, "forbidden");
    let path = format!("/api/v1/people/{ana}");
    send(Method::PATCH, &path, json!({"email": "mine@example.com"}))
        .await
        .is_problem(403, "forbidden");
    let path = format!("/api/v1/people/{ana}/sign-in-link");
    send(Method::POST, &path, json!(null))
        .await
        .is_problem(403, "forbidden");
    let path = format!("/api/v1/people/{budi}");
    assert_eq!(send(Method::PATCH, &path, json!({"role": "manager"})).await.status, 200);
}

#[tokio::test]
async fn tokens_of_the_configuration_may_do_everything() {
    let desk = Desk::new().await;
    let site = &desk.site;
    for path in [
        "/api/v1/tickets",
        "/api/v1/people",
        "/api/v1/tokens",
        "/api/v1/audit",
        "/api/v1/duties",
    ] {
        assert_eq!(site.get_as_agent(path).await.status, 200, "{path}");
    }
    let me = site.get_as_agent("/api/v1/session").await.json();
    assert_eq!((&me["id"], &me["name"]), (&json!("token:ana"), &json!("ana")));
    let body = json!({"email": "dewi@example.com", "name": "Dewi", "role": "administrator"});
    assert_eq!(
        as_program(site, Method::POST, "/api/v1/people", TOKEN, body)
            .await
            .status,
        201
    );
    let log = site.get_as_agent("/api/v1/audit?limit=1").await.json();
    assert_eq!(
        (&log["entries"][0]["who"], &log["entries"][0]["action"]),
        (&json!("token:ana"), &json!("person.added"))
    );
}

#[tokio::test]
async fn the_rota_is_planned_by_managers_and_seen_by_all() {
    let desk = Desk::new().await;
    let ana = desk.add("ana", Role::Manager).await;
    desk.add("budi", Role::Agent).await;
    let (manager, agent) = (desk.browser("ana").await, desk.browser("budi").await);
    let duty = json!({"person": ana, "team": "billing", "starts_at": "2030-05-04T02:00:00Z", "ends_at": "2030-05-04T10:00:00Z"});
    agent
        .post("/api/v1/duties", duty.clone())
        .await
        .is_problem(403, "forbidden");
    let planned = manager.post("/api/v1/duties", duty.clone()).await;
    assert_eq!(planned.status, 201, "{}", planned.body);
    let list = "/api/v1/duties?since=2030-05-01T00:00:00Z&until=2030-06-01T00:00:00Z";
    assert_eq!(agent.get(list).await.json()["duties"], json!([planned.json()]));
    assert_eq!(agent.get("/api/v1/duties").await.json()["duties"], json!([]));
    for bad in ["/api/v1/duties?since=soon", "/api/v1/duties?until=2999-01-01T00:00:00Z"] {
        agent.get(bad).await.is_problem(400, "invalid_query");
    }
    let mut backwards = duty.clone();
    backwards["ends_at"] = "2030-05-04T01:00:00Z".into();
    manager
        .post("/api/v1/duties", backwards)
        .await
        .is_problem(422, "invalid_body");
    let mut nobody = duty;
    nobody["person"] = "nobody".into();
    manager
        .post("/api/v1/duties", nobody)
        .await
        .is_problem(404, "not_found");
    let path = format!("/api/v1/duties/{}", planned.json()["id"].as_str().expect("an id"));
    assert_eq!(manager.send(Method::DELETE, &path, &[], json!(null)).await.status, 204);
    manager
        .send(Method::DELETE, &path, &[], json!(null))
        .await
        .is_problem(404, "not_found");
}

#[tokio::test]
async fn a_picture_is_public_and_runs_nothing() {
    let desk = Desk::new().await;
    let ana = desk.add("ana", Role::Agent).await;
    let budi = desk.add("budi", Role::Agent).await;
    let browser = desk.browser("ana").await;
    let path = format!("/api/v1/people/{ana}/picture");
    desk.site.get(&path).await.is_problem(404, "not_found");
    let put = async |path: &str, bytes: Vec<u8>| {
        let headers = [("cookie", browser.cookie.as_str()), ("x-csrf-token", &browser.csrf)];
        let request = request(Method::PUT, path, &headers, String::new());
        desk.site.send(request.map(|_| axum::body::Body::from(bytes))).await
    };
    assert_eq!(put(&path, PNG.to_vec()).await.status, 200);
    put(&path, b"<svg onload=alert(1)>".to_vec())
        .await
        .is_problem(422, "invalid_body");
    let large = [PNG, &vec![0; 150 * 1024]].concat();
    assert_eq!(put(&path, large).await.status, 200, "larger than other bodies may be");
    put(&path, vec![0; 200 * 1024 + 1])
        .await
        .is_problem(413, "body_too_large");
    put(&format!("/api/v1/people/{budi}/picture"), PNG.to_vec())
        .await
        .is_problem(403, "forbidden");
    assert_eq!(put("/api/v1/people/me/picture", PNG.to_vec()).await.status, 200);
    let shown = desk.site.get(&path).await;
    assert_eq!(
        (shown.status.as_u16(), shown.header("content-type")),
        (200, "image/png")
    );
    assert_eq!(shown.header("x-content-type-options"), "nosniff");
    assert!(shown.header("content-security-policy").contains("sandbox"));
    let tag = shown.header("etag").to_owned();
    assert_eq!(desk.site.get_with(&path, &[("if-none-match", &tag)]).await.status, 304);
}

#[tokio::test]
async fn the_sign_in_page_works_without_script_and_leads_back_to_where_one_wanted() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Agent).await;
    let wanted = desk.site.get("/account").await;
    assert_eq!(
        (wanted.status.as_u16(), wanted.header("location")),
        (303, "/login?next=%2Faccount")
    );
    let page = desk.site.get("/login?next=%2Fsearch%3Fq%3Da").await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
    for part in [
        "noindex",
        "name=\"password\"",
        "method=\"post\"",
        "value=\"/search?q=a\"",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    let fields = |next| [("email", "ana@example.com"), ("password", PASSWORD), ("next", next)];
    let foreign = desk.site.submit_from("/login", &fields("/"), "cross-site").await;
    assert_eq!(foreign.status, 403);
    for (next, to) in [
        ("/search?q=a", "/search?q=a"),
        ("", "/inbox"),
        ("https://evil.example", "/inbox"),
        ("//evil.example", "/inbox"),
        ("/\\evil.example", "/inbox"),
    ] {
        let came_in = desk.site.submit("/login", &fields(next)).await;
        assert_eq!(
            (came_in.status.as_u16(), came_in.header("location")),
            (303, to),
            "{next}"
        );
        assert!(came_in.header("set-cookie").starts_with("tanya_session="));
    }
    let wrong = [
        ("email", "ana@example.com"),
        ("password", "<wrong>"),
        ("next", "/search"),
    ];
    let again = desk.site.submit("/login", &wrong).await;
    assert_eq!(again.status, 401);
    assert!(again.body.contains("role=\"alert\"") && again.body.contains("value=\"ana@example.com\""));
    assert!(
        !again.body.contains("&lt;wrong") && !again.body.contains("<wrong"),
        "passwords are not sent back"
    );
    let browser = desk.browser("ana").await;
    assert_eq!(browser.get("/login?next=/search").await.header("location"), "/search");
    let out = browser.submit("/logout", &[("csrf", &browser.csrf)]).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/login"));
    assert_eq!(browser.get("/account").await.status, 303);
    assert_eq!(
        browser.submit("/logout", &[]).await.header("location"),
        "/login",
        "twice is fine"
    );
}

#[tokio::test]
async fn the_account_page_changes_what_is_ones_own() {
    let desk = Desk::new().await;
    desk.add("ana", Role::Agent).await;
    let browser = desk.browser("ana").await;
    let csrf = browser.csrf.as_str();
    let page = browser.get("/account").await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains("noindex") && page.body.contains(csrf));
    let me = async || browser.get("/api/v1/people/me").await.json();
    browser
        .submit("/account/availability", &[("state", "pause-20"), ("csrf", csrf)])
        .await;
    assert_eq!(me().await["availability"]["state"], "paused");
    assert!(browser.get("/account").await.body.contains("You have a break until"));
    browser
        .submit("/account/availability", &[("state", "available"), ("csrf", csrf)])
        .await;
    assert_eq!(me().await["availability"]["state"], "available");
    let empty = browser.submit("/account/name", &[("name", " "), ("csrf", csrf)]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.body.contains("A name has 1 to 100 characters"));
    let wrong = [("old", "wrong"), ("new", "teh tarik dua gelas"), ("csrf", csrf)];
    let wrong = browser.submit("/account/password", &wrong).await;
    assert!(wrong.status == 401 && wrong.body.contains("The present password is not right"));
    let short = browser
        .submit(
            "/account/password",
            &[("old", PASSWORD), ("new", "short"), ("csrf", csrf)],
        )
        .await;
    assert!(short.status == 422 && short.body.contains("at least 10 characters"));
    let upload = async |csrf: &str, bytes: &[u8]| {
        let mut body =
            format!("--b\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--b\r\n").into_bytes();
        body.extend(b"content-disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n");
        body.extend(bytes);
        body.extend(b"\r\n--b--\r\n");
        let headers = [
            ("cookie", browser.cookie.as_str()),
            ("content-type", "multipart/form-data; boundary=b"),
            ("sec-fetch-site", "same-origin"),
        ];
        let request = request(Method::POST, "/account/picture", &headers, String::new());
        desk.site.send(request.map(|_| axum::body::Body::from(body))).await
    };
    assert_eq!(upload("wrong", PNG).await.status, 403);
    assert!(me().await["picture"].is_null());
    assert!(
        upload(csrf, b"<svg/>")
            .await
            .body
            .contains("This is no PNG, JPEG or WebP image")
    );
    assert_eq!(upload(csrf, &[PNG, &vec![0; 100_000]].concat()).await.status, 303);
    assert!(me().await["picture"].is_string());
    assert!(browser.get("/account").await.body.contains("class=\"portrait\""));
}
