//! The demonstration: the whole way of a paper against a simulated Telegram and mail server. The tests walk the same way.

pub mod papers;
pub mod stage;
pub mod story;

use stage::Stage;

/// Shows the whole way, and tells each step.
///
/// # Errors
/// One sentence, when something could not be started.
pub async fn run() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let stage = Stage::start(folder.path(), |_| {}).await;
    println!(
        "A simulated Telegram listens on {}, a mail server on {}.\n",
        stage.api.base_url(),
        stage.smtp.url()
    );
    let cast = story::Cast::new(&stage).await;
    story::whole_way(&stage, &cast, &mut |line| println!("• {line}")).await;
    println!("\nWhat Anna has seen:\n");
    for message in cast.anna.messages().iter().rev().take(3).rev() {
        println!("{}\n", message.text);
    }
    println!(
        "{} messages to people, {} e-mails, no account anywhere.",
        stage.sent().await,
        stage.smtp.mails().len()
    );
    stage.stop().await;
    Ok(())
}
