//! Logs to standard error, as text or JSON; panics are logged as well.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;

/// Starts logging, unless somebody else has done so in this process. A filter that cannot be read becomes `info`.
pub fn init(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(without_noise(filter)).unwrap_or_else(|_| EnvFilter::new("info"));
    let colors = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Whoever embeds the server may have a subscriber of their own.
    let _ = match format {
        LogFormat::Text => builder.with_ansi(colors).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
    };
    log_panics();
}

/// A plain level keeps the steps of libraries quiet: they are told when they fail.
fn without_noise(filter: &str) -> String {
    if filter.contains(['=', ',']) {
        filter.to_owned()
    } else {
        format!("{filter},refinery_core=warn,poem=warn,grammers_mtproto=warn,grammers_mtsender=warn")
    }
}

/// A panic becomes one line with its place. Its message may hold data, so it stands at debug level only.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, thread = std::thread::current().name(), "a part of the program failed inside");
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::debug!(place, message, "panic");
    }));
}
