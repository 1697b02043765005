//! Pages for staff: who may not open one is told who may, and what is wrong with a form is told in the page's words.

use tanya::desk::people::Role;

use crate::people::Desk;

#[tokio::test]
async fn whoever_is_signed_out_signs_in_and_is_back_where_they_wanted_to_be() {
    let desk = Desk::new().await;
    for (path, expected) in [
        ("/settings", "/login?next=%2Fsettings"),
        (
            "/settings/people?saved=1",
            "/login?next=%2Fsettings%2Fpeople%3Fsaved%3D1",
        ),
        ("/inbox/T-2222-0001", "/login?next=%2Finbox%2FT%2D2222%2D0001"),
        ("/account", "/login?next=%2Faccount"),
    ] {
        let reply = desk.site.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, expected));
    }
    // A form of somebody whose session has ended: back to the page that it stands on.
    for (path, expected) in [
        ("/settings/promises", "/login?next=%2Fsettings%2Fpromises"),
        ("/account/name", "/login?next=%2Faccount"),
    ] {
        let reply = desk.site.submit_from(path, &[("x", "y")], "same-origin").await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, expected));
    }
}

#[tokio::test]
async fn whoever_lacks_the_right_is_told_who_has_it_and_who_can_give_it() {
    let desk = Desk::new().await;
    for (name, role) in [
        ("ana", Role::Agent),
        ("wayan", Role::Writer),
        ("made", Role::Manager),
        ("adit", Role::Administrator),
    ] {
        desk.add(name, role).await;
    }
    let agent = desk.browser("ana").await;
    for path in ["/settings", "/settings/people", "/numbers"] {
        let page = agent.get(path).await;
        assert_eq!(page.status, 403, "{path}");
        for told in [
            "It is for managers and administrators. You are signed in as ana, an agent.",
            "ask a manager or an administrator to give you another role",
            "Here that is adit or made.",
            "class=\"staff\"",
            "<a href=\"/inbox\">",
            "<a href=\"/account\">",
        ] {
            assert!(page.body.contains(told), "{path} lacks {told}: {}", page.body);
        }
        assert!(!page.body.contains("role=\"search\""), "{path} is a page for customers");
    }
    let manager = desk.browser("made").await;
    let page = manager.get("/settings/hours").await;
    assert_eq!(page.status, 403);
    assert!(
        page.body
            .contains("It is for administrators. You are signed in as made, a manager.")
    );
    assert!(page.body.contains("ask an administrator to give") && page.body.contains("Here that is adit."));
    let writer = desk.browser("wayan").await;
    let page = writer.get("/inbox").await;
    assert!(
        page.body.contains("It is for agents, managers and administrators."),
        "{}",
        page.body
    );
    assert!(page.body.contains("<a href=\"/writers\">") && !page.body.contains("<a href=\"/settings\">"));
}

#[tokio::test]
async fn what_is_not_there_or_not_accepted_is_told_in_the_dress_of_the_pages_for_staff() {
    let desk = Desk::new().await;
    desk.add("adit", Role::Administrator).await;
    let admin = desk.browser("adit").await;
    for path in ["/settings/nothing", "/settings/people/nobody", "/settings/teams/none"] {
        let page = admin.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("There is nothing here") && page.body.contains("class=\"staff\""));
        assert!(!page.body.contains("openapi"), "{}", page.body);
    }
    let page = admin
        .submit("/settings/promises", &[("csrf", "of another session")])
        .await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Nothing was changed") && page.body.contains("href=\"/settings/promises\""));
    assert!(!page.body.contains("CSRF"), "{}", page.body);
}

/// An administrator's browser that fills in forms.
async fn administrator(desk: &Desk) -> crate::people::Browser<'_> {
    desk.add("adit", Role::Administrator).await;
    desk.browser("adit").await
}

#[tokio::test]
async fn a_duty_is_planned_for_a_team_that_there_is_and_keeps_its_clock() {
    let desk = Desk::new().await;
    let ana = desk.add("ana", Role::Agent).await;
    let admin = administrator(&desk).await;
    let plan = async |team: &str, starts: &str| {
        let fields = [
            ("csrf", admin.csrf.as_str()),
            ("act", "add"),
            ("zone", "Europe/Berlin"),
            ("person", &ana),
            ("team", team),
            ("starts", starts),
            ("ends", "2026-03-29T17:00"),
        ];
        admin.submit("/settings/rota", &fields).await
    };
    let page = admin.get("/settings/rota").await;
    assert!(page.body.contains("<option value=\"billing\""), "{}", page.body);
    let wrong = plan("biling", "2026-03-29T09:00").await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong
            .body
            .contains("<a href=\"#team\">Team</a>: Must be one of the teams that there are: ")
    );
    assert!(
        wrong.body.contains("billing") && !wrong.body.contains("`"),
        "{}",
        wrong.body
    );
    let gap = plan("billing", "2026-03-29T02:30").await;
    assert!(
        gap.body
            .contains("<a href=\"#starts\">From</a>: Does not exist in Europe/Berlin"),
        "{}",
        gap.body
    );
    assert!(gap.body.contains("One field needs a correction"));
    let planned = plan("billing", "2026-03-29T09:00").await;
    assert_eq!(
        (planned.status.as_u16(), planned.header("location")),
        (303, "/settings/rota?saved=1")
    );
    let list = admin
        .get("/api/v1/duties?since=2026-03-29T00:00:00Z&until=2026-03-30T00:00:00Z")
        .await
        .json();
    assert_eq!(list["duties"][0]["starts_at"], "2026-03-29T07:00:00Z");
    assert_eq!(list["duties"][0]["time_zone"], "Europe/Berlin");
    let duty = serde_json::json!({
        "person": ana, "team": "biling", "starts_at": "2030-05-04T02:00:00Z", "ends_at": "2030-05-04T10:00:00Z"
    });
    let refused = admin.post("/api/v1/duties", duty).await;
    assert!(
        refused.is_problem(422, "invalid_body")["detail"]
            .as_str()
            .is_some_and(|told| told.contains("billing"))
    );
}

#[tokio::test]
async fn what_is_wrong_about_a_person_is_told_with_the_labels_of_the_form() {
    let desk = Desk::new().await;
    let admin = administrator(&desk).await;
    let fields = [
        ("csrf", admin.csrf.as_str()),
        ("name", "Dewi"),
        ("email", "dewi@example.com"),
        ("role", "agent"),
        ("level", "1"),
        ("capacity", "1000"),
    ];
    let page = admin.submit("/settings/people", &fields).await;
    assert_eq!(page.status, 422);
    assert!(
        page.body
            .contains("<a href=\"#capacity\">Hard questions at once</a>: Must be 1 to 100."),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains("capacity must") && page.body.contains("aria-describedby=\"capacity-hint capacity-error\"")
    );
    let page = admin
        .submit(
            "/settings/tokens",
            &[("csrf", admin.csrf.as_str()), ("act", "add"), ("name", "x")],
        )
        .await;
    assert!(
        page.body.contains("<a href=\"#scopes\">What it may do</a>"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn the_list_of_people_says_how_everybody_stands() {
    let desk = Desk::new().await;
    let away = desk.add("budi", Role::Agent).await;
    let out = desk.add("citra", Role::Agent).await;
    let admin = administrator(&desk).await;
    desk.people
        .set_availability(&away, tanya::desk::people::Availability::Away, "t")
        .await
        .expect("away");
    let patch = tanya::desk::people::PersonPatch {
        disabled: Some(true),
        ..Default::default()
    };
    desk.people.change(&out, &patch, None, "t").await.expect("out");
    let page = admin.get("/settings/people").await;
    for told in [
        ">Has not signed in yet<",
        ">Deactivated<",
        ">Takes new questions<",
        "Signed in now",
        "<p class=\"hint\">Times in ",
    ] {
        assert!(page.body.contains(told), "{told}: {}", page.body);
    }
    assert!(!page.body.contains(">Available<") && !page.body.contains(">Away<"));
    desk.browser("budi").await;
    let page = admin.get("/settings/people").await;
    assert!(page.body.contains(">Away<") && !page.body.contains(">Has not signed in yet<"));
    let fields = [
        ("csrf", admin.csrf.as_str()),
        ("name", "Dewi"),
        ("email", "dewi@example.com"),
        ("role", "agent"),
    ];
    let page = admin.submit("/settings/people", &fields).await;
    assert!(
        page.body.contains(">Has not signed in yet<") && page.body.contains("Sign-in link valid until "),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_misspelt_team_is_told_beside_its_field_and_a_new_one_is_added_first() {
    let desk = Desk::new().await;
    let admin = administrator(&desk).await;
    let dewi = [
        ("csrf", admin.csrf.as_str()),
        ("name", "Dewi"),
        ("email", "dewi@example.com"),
        ("role", "agent"),
        ("teams", "billing, roasters"),
    ];
    let page = admin.submit("/settings/people", &dewi).await;
    assert_eq!(page.status, 422);
    let told = "<a href=\"#teams\">Teams</a>: Must be one of the teams that there are: ";
    assert!(
        page.body.contains(told) && page.body.contains("“roasters” is none of them."),
        "{}",
        page.body
    );
    let body = serde_json::json!({"email": "d@example.com", "name": "D", "role": "agent", "teams": ["roasters"]});
    let refused = admin.post("/api/v1/people", body).await;
    let detail = refused.is_problem(422, "invalid_body")["detail"].clone();
    assert!(
        detail
            .as_str()
            .is_some_and(|told| told.starts_with("`teams` must be one of") && told.contains("billing")),
        "{detail}"
    );
    let topic = [
        ("csrf", admin.csrf.as_str()),
        ("act", "keep"),
        ("view", "rule"),
        ("rule", "new"),
        ("title", "Roasts"),
        ("team", "roasters"),
        ("lang.en.phrases", "roast"),
    ];
    let page = admin.submit("/settings/rules/topics", &topic).await;
    assert_eq!(page.status, 422);
    assert!(
        page.body
            .contains("<a href=\"#team\">Team that gets it</a>: Must be one of the teams that there are: ")
            && page.body.contains("One field needs a correction."),
        "{}",
        page.body
    );
    let rule = [
        ("csrf", admin.csrf.as_str()),
        ("act", "keep"),
        ("view", "rule"),
        ("rule", "new"),
        ("name", "Roasts"),
        ("set.team", "roasters"),
    ];
    let page = admin.submit("/settings/rules/routing", &rule).await;
    assert!(page.body.contains("<a href=\"#set-team\">Team</a>: "), "{}", page.body);

    let teams = async |act: &str, name: &str| {
        let list = admin.get("/settings/teams").await;
        let seen = list.body.split("name=\"seen\" value=\"").nth(1).expect("a mark");
        let seen = seen.split('"').next().expect("a mark").to_owned();
        let fields = [
            ("csrf", admin.csrf.as_str()),
            ("seen", &seen),
            ("act", act),
            ("team", name),
        ];
        admin.submit("/settings/teams", &fields).await
    };
    let taken = teams("add", "Billing").await;
    assert!(taken.body.contains("there is a team billing already"), "{}", taken.body);
    assert_eq!(teams("add", "roasters").await.status, 303);
    let page = admin.submit("/settings/rules/topics", &topic).await;
    assert!(page.body.contains("Kept in the list below."), "{}", page.body);
    // Its hours are set back to those of the desk: it stays a team.
    let hours = [("csrf", admin.csrf.as_str()), ("seen", "none"), ("own", "no")];
    admin.submit("/settings/teams/roasters", &hours).await;
    let list = admin.get("/settings/teams").await;
    assert!(
        list.body
            .contains("Remove<span class=\"visually-hidden\"> the team roasters"),
        "{}",
        list.body
    );
    assert_eq!(teams("remove", "roasters").await.status, 303);
    assert!(!admin.get("/settings/teams").await.body.contains("roasters"));
    assert_eq!(teams("add", "roasters").await.status, 303);
    let page = admin.submit("/settings/people", &dewi).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(teams("remove", "roasters").await.status, 409, "somebody works for it");
}

#[tokio::test]
async fn nobody_is_on_duty_who_cannot_work_and_who_is_twice_is_told() {
    let desk = Desk::new().await;
    let ana = desk.add("ana", Role::Agent).await;
    let out = desk.add("budi", Role::Agent).await;
    let wayan = desk.add("wayan", Role::Writer).await;
    let admin = administrator(&desk).await;
    let patch = tanya::desk::people::PersonPatch {
        disabled: Some(true),
        ..Default::default()
    };
    desk.people.change(&out, &patch, None, "t").await.expect("out");
    let now = jiff::Timestamp::now();
    let day = |hours: i64| {
        let at = now + jiff::SignedDuration::from_hours(hours);
        at.to_zoned(jiff::tz::TimeZone::UTC)
            .strftime("%Y-%m-%dT%H:%M")
            .to_string()
    };
    let plan = async |person: &str, from: i64, to: i64| {
        let (starts, ends) = (day(from), day(to));
        let fields = [
            ("csrf", admin.csrf.as_str()),
            ("act", "add"),
            ("zone", "UTC"),
            ("person", person),
            ("starts", &starts),
            ("ends", &ends),
        ];
        admin.submit("/settings/rota", &fields).await
    };
    for (person, told) in [
        (&out, "Must be somebody who can take tickets: budi is deactivated."),
        (&wayan, "Must be somebody who can take tickets: wayan is a writer."),
    ] {
        let refused = plan(person, 24, 30).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.body.contains(&format!("<a href=\"#person\">Who</a>: {told}")),
            "{}",
            refused.body
        );
    }
    let page = admin.get("/settings/rota").await;
    assert!(page.body.contains(&ana) && !page.body.contains(&wayan) && !page.body.contains(&out));
    assert_eq!(plan(&ana, 24, 30).await.header("location"), "/settings/rota?saved=1");
    assert_eq!(plan(&ana, 30, 34).await.header("location"), "/settings/rota?saved=1");
    let twice = plan(&ana, 28, 29).await;
    assert_eq!(twice.header("location"), "/settings/rota?saved=overlap");
    let page = admin.get("/settings/rota?saved=overlap").await;
    assert!(page.body.contains("another duty at that time"), "{}", page.body);
    assert_eq!(page.body.matches(">overlaps<").count(), 2, "{}", page.body);
    let duty = serde_json::json!({
        "person": wayan, "starts_at": "2030-05-04T02:00:00Z", "ends_at": "2030-05-04T10:00:00Z"
    });
    admin.post("/api/v1/duties", duty).await.is_problem(422, "invalid_body");
    let leaves = tanya::desk::people::PersonPatch {
        role: Some(Role::Writer),
        ..Default::default()
    };
    desk.people.change(&ana, &leaves, None, "t").await.expect("changed");
    let page = admin.get("/settings/rota").await;
    assert!(page.body.contains("does not count: takes no tickets"), "{}", page.body);
}

#[tokio::test]
async fn the_rules_have_one_address_without_their_kind() {
    let desk = Desk::new().await;
    let reply = desk.site.get("/settings/rules").await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("location")),
        (308, "/settings/rules/routing")
    );
}

#[tokio::test]
async fn a_new_topic_is_offered_the_last_place() {
    let desk = Desk::new().await;
    let admin = administrator(&desk).await;
    let fields = [("csrf", admin.csrf.as_str()), ("act", "add"), ("view", "list")];
    let page = admin.submit("/settings/rules/topics", &fields).await;
    let places = page.body.split("<select id=\"place\"").nth(1).expect("places");
    let places = places.split("</select>").next().expect("places");
    let last = places.rsplit("<option").next().expect("a place");
    assert!(last.contains(" selected>"), "{places}");
}

#[tokio::test]
async fn only_the_language_that_was_saved_is_told_to_be_set() {
    let desk = Desk::new().await;
    let admin = administrator(&desk).await;
    let page = admin.get("/settings/widget").await;
    assert!(!page.body.contains("Set here"), "{}", page.body);
    let fields = [
        ("csrf", admin.csrf.as_str()),
        ("seen", "none"),
        ("widget.greeting.en", "Hello"),
        ("widget.greeting.id", ""),
        ("widget.side", "end"),
    ];
    let saved = admin.submit("/settings/widget", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = admin.get("/settings/widget").await;
    assert_eq!(page.body.matches("Set here").count(), 1, "{}", page.body);
    assert!(page.body.contains("As in English") && page.body.contains("placeholder=\"Hello\""));
}

#[tokio::test]
async fn times_of_an_announcement_are_those_of_the_desk() {
    let desk = Desk::new().await;
    let admin = administrator(&desk).await;
    let send = async |seen: &str, fields: &[(&str, &str)]| {
        let own = [
            ("csrf", admin.csrf.as_str()),
            ("seen", seen),
            ("act", "save"),
            ("text.en", "We move."),
        ];
        admin
            .submit("/settings/announcements", &[&own[..], fields].concat())
            .await
    };
    let wrong = send("none", &[("starts", "2026-12-24T18:00"), ("ends", "2026-12-24T17:00")]).await;
    assert_eq!(wrong.status, 422);
    let told = "<a href=\"#ends\">Until</a>: Must be after the time from which it is shown.";
    assert!(wrong.body.contains(told), "{}", wrong.body);
    let saved = send("none", &[("starts", "2026-12-24T18:00")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let page = admin.get("/settings/announcements?edit=0").await;
    assert!(
        page.body.contains("type=\"datetime-local\" value=\"2026-12-24T18:00\""),
        "{}",
        page.body
    );
    let list = admin.get("/settings/announcements").await;
    assert!(list.body.contains("24 December 2026, 18:00"), "{}", list.body);
}
