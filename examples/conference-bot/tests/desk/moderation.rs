//! The queue: one application, many moderators.

use conference_bot::domain::{DocumentKind, MINUTE, Role, Status};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::Site;

#[tokio::test]
async fn two_moderators_never_collide_on_one_application() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let id = site.application(person).await;
    let (anna, boris) = (
        site.login_for("anna", Role::Moderator, None).await,
        site.login_for("boris", Role::Moderator, None).await,
    );
    let claim = format!("/applications/{id}/claim");
    let (a, b) =
        tokio::join!(anna.api(Method::POST, &claim, json!({})), boris.api(Method::POST, &claim, json!({})));
    let mut statuses = [a.0, b.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{a:?} {b:?}");
    let (holder, other, name) = if a.0 == 200 { (&anna, &boris, "anna") } else { (&boris, &anna, "boris") };
    let refused = other.form(&format!("/applications/{id}/approve"), &[]).await;
    assert!(refused.contains(name) && refused.contains("class=\"flash bad\""), "{refused}");
    assert!(!other.page(&format!("/applications/{id}")).await.contains("/approve"));
    assert!(holder.page(&format!("/applications/{id}")).await.contains("/approve"));
    let approved = holder.form(&format!("/applications/{id}/approve"), &[]).await;
    assert!(approved.contains("class=\"flash good\""), "{approved}");
    let (status, problem) =
        other.api(Method::POST, &format!("/applications/{id}/reject"), json!({"comment": "нет, нет"})).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(site.number("SELECT count(*) FROM audit WHERE action = 'application.approved'").await, 1);
    assert_eq!(site.number("SELECT count(*) FROM outbox").await, 2, "one message and one e-mail");
}

#[tokio::test]
async fn a_lease_ends_and_a_decision_can_be_taken_back() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let id = site.application(person).await;
    let (anna, boris) = (
        site.login_for("anna", Role::Moderator, None).await,
        site.login_for("boris", Role::Moderator, None).await,
    );
    let claim = format!("/applications/{id}/claim");
    anna.form(&claim, &[]).await;
    assert!(boris.form(&claim, &[]).await.contains("class=\"flash bad\""));
    site.clock.advance(Duration::from_millis(16 * MINUTE as u64));
    assert!(boris.form(&claim, &[]).await.contains("class=\"flash good\""));
    let bare = boris.form(&format!("/applications/{id}/reject"), &[("comment", " ")]).await;
    assert!(bare.contains("class=\"flash bad\""), "a rejection says why");
    boris.form(&format!("/applications/{id}/request_changes"), &[("comment", "Исправьте дату")]).await;
    assert_eq!(site.number("SELECT count(*) FROM application WHERE state = 'changes_requested'").await, 1);
    boris.form("/queue/undo", &[]).await;
    assert_eq!(site.number("SELECT count(*) FROM application WHERE state = 'submitted'").await, 1);
}

#[tokio::test]
async fn an_organisation_is_corrected_once_for_all() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let id = site.application(person).await;
    let admin = site.admin().await;
    admin.form(&format!("/applications/{id}/claim"), &[]).await;
    let forms = [("full_name", "Томский государственный университет"), ("abbr", "ТГУ"), ("abbr_en", "TSU")];
    let page = admin.form(&format!("/applications/{id}/organisation"), &forms).await;
    assert!(
        page.contains("Томский государственный университет") && page.contains("class=\"flash good\""),
        "{page}"
    );
    assert_eq!(site.number("SELECT count(*) FROM organisation WHERE verified_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_paper_goes_from_the_check_to_its_decision() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let paper = site.paper(person, "О волнах", 2, "submitted").await;
    let admin = site.admin().await;
    let path = format!("/papers/{paper}");
    admin.form(&format!("{path}/claim"), &[]).await;
    assert!(admin.page(&path).await.contains("/pass"));
    admin.form(&format!("{path}/pass"), &[]).await;
    let reviewer = site.person("Петров Пётр", "p@q.de", Status::Employee).await;
    admin.form("/roles", &[("person", &reviewer.to_string()), ("role", "reviewer"), ("section", "2")]).await;
    let card = admin.page(&path).await;
    assert!(card.contains("Петров") && !card.contains("/decide\""), "no decision without a review");
    admin.form(&format!("{path}/offer"), &[("reviewer", &reviewer.to_string())]).await;
    site.write(|conn| {
        conn.execute_batch(
            "UPDATE review_assignment SET state = 'submitted';
            INSERT INTO review (assignment_id, scores, recommendation, comment_author, submitted_at)
            SELECT id, '{\"novelty\":5}', 'accept', 'Хорошо', 1 FROM review_assignment",
        )?;
        Ok(())
    })
    .await;
    assert!(admin.page(&path).await.contains("/decide\""));
    let wrong = json!({"outcome": "accepted", "presentation": null});
    assert_eq!(admin.api(Method::POST, &format!("{path}/decision"), wrong).await.0, 422);
    let decided = admin
        .api(
            Method::POST,
            &format!("{path}/decision"),
            json!({"outcome": "accepted", "presentation": "oral"}),
        )
        .await;
    assert_eq!(decided.0, 200, "{decided:?}");
    let (_, card) = admin.api(Method::GET, &path, Value::Null).await;
    assert_eq!(
        (&card["paper"]["state"], &card["decisions"][0]["presentation"]),
        (&json!("accepted"), &json!("oral"))
    );
    assert!(admin.page(&path).await.contains(&format!("{path}/undo")));
    assert_eq!(admin.api(Method::DELETE, &format!("{path}/decision"), Value::Null).await.0, 200);
    assert_eq!(admin.api(Method::DELETE, &format!("{path}/decision"), Value::Null).await.0, 409, "once");
    let (_, card) = admin.api(Method::GET, &path, Value::Null).await;
    assert_eq!((&card["paper"]["state"], &card["decisions"]), (&json!("under_review"), &json!([])));
}

#[tokio::test]
async fn looking_at_a_consent_leaves_a_line_and_the_file_is_inert() {
    let site = Site::open().await;
    let person = site.person("Иванов Иван", "a@b.de", Status::Student).await;
    let bytes = b"\xff\xd8\xff\xe0<script>alert(1)</script>\xff\xd9".to_vec();
    let scan = site.document(person, DocumentKind::Consent, "image/jpeg", bytes.clone()).await;
    let admin = site.admin().await;
    let response = admin.fetch(&format!("/documents/{scan}")).await;
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    let name = response.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert!(name.is_ascii() && !name.contains('/') && !name.contains('<'), "{name}");
    assert_eq!(response.bytes().await.unwrap(), bytes);
    assert_eq!(
        site.number("SELECT count(*) FROM audit WHERE action = 'document.shown' AND actor = 'web:admin'")
            .await,
        1
    );
}
