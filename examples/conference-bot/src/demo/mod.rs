//! The demonstration: the whole way of a paper against a simulated Telegram and mail server. The tests walk the same way.

pub mod desk;
pub mod papers;
pub mod stage;
pub mod story;

use desk::{OpenDesk, Organiser};
use stage::Stage;
use tokio_util::sync::CancellationToken;

/// Shows the whole way, tells each step, and keeps the organisers' desk open until `stop`.
///
/// # Errors
/// One sentence, when something could not be started.
pub async fn run(stop: CancellationToken) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let stage = Stage::start(folder.path(), |_| {}).await;
    println!(
        "A simulated Telegram listens on {}, a mail server on {}.\n",
        stage.api.base_url(),
        stage.smtp.url()
    );
    let desk = OpenDesk::of(&stage).await;
    let cast = story::Cast::new(&stage).await;
    let organiser = Organiser::log_in(&desk).await;
    story::whole_way(&stage, &cast, &organiser, &mut |line| println!("• {line}")).await;
    println!("\nWhat Anna has seen:\n");
    for message in cast.anna.messages().iter().rev().take(3).rev() {
        println!("{}\n", message.text);
    }
    println!(
        "{} messages to people, {} e-mails, no account anywhere.",
        stage.sent().await,
        stage.smtp.mails().len()
    );
    println!(
        "\nThe organisers' desk is open on {} until Ctrl-C: log in as admin with the password {}\n\
        The programme, for everybody: {}/programme, the REST API: {}/docs",
        desk.url, desk.password, desk.url, desk.url
    );
    stop.cancelled().await;
    desk.close().await;
    stage.stop().await;
    Ok(())
}
