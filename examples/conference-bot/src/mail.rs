//! E-mail by SMTP, with verified TLS wherever it leaves the own machine.

use std::path::Path;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

/// Longest exchange with the server.
const EXCHANGE: Duration = Duration::from_secs(30);

/// Why an e-mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It will never be.
    #[error("the mail was refused: {0}")]
    Refused(String),
    /// It may be later.
    #[error("the mail server cannot be reached: {0}")]
    Later(String),
    /// The settings are wrong.
    #[error("{0}")]
    Settings(String),
}

/// Sends e-mail.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// A mailer at the server of this address. Over TLS the server proves its name by a certificate of an authority that
    /// Mozilla trusts, or of the one in the PEM file `authority`.
    ///
    /// # Errors
    /// [`MailError::Settings`].
    pub fn new(url: &SecretString, from: &str, authority: Option<&Path>) -> Result<Self, MailError> {
        let url = url.expose_secret();
        let known = match url.strip_prefix("smtp+starttls://") {
            Some(rest) => format!("smtp://{rest}?tls=required"),
            None => url.to_owned(),
        };
        // The error may show the address with its password.
        let wrong = |_| MailError::Settings("the address of the mail server is not usable".to_owned());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&known).map_err(wrong)?;
        if let (Some(file), Some(tls)) = (authority, Protected::of(url)) {
            builder = builder.tls(tls.trusting(file)?);
        }
        let from =
            from.parse().map_err(|_| MailError::Settings(format!("{from:?} is no sender of e-mail")))?;
        Ok(Self { transport: builder.timeout(Some(EXCHANGE)).build(), from })
    }

    /// Sends one.
    ///
    /// # Errors
    /// [`MailError::Refused`] or [`MailError::Later`].
    pub async fn send(&self, to: &str, subject: &str, text: &str) -> Result<String, MailError> {
        let refused = |error: &dyn std::fmt::Display| MailError::Refused(error.to_string());
        let to: Mailbox = to.parse().map_err(|error: lettre::address::AddressError| refused(&error))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .message_id(None)
            .multipart(MultiPart::alternative_plain_html(text.to_owned(), html(text)))
            .map_err(|error| refused(&error))?;
        let id = message.headers().get_raw("Message-ID").unwrap_or_default().to_owned();
        match self.transport.send(message).await {
            Ok(_) => Ok(id),
            Err(error) if error.is_permanent() => Err(refused(&error)),
            Err(error) => Err(MailError::Later(error.to_string())),
        }
    }
}

/// How a connection is encrypted, and the name that the server must prove.
enum Protected {
    FromTheStart(String),
    Upgraded(String),
}

impl Protected {
    fn of(url: &str) -> Option<Self> {
        let url = url::Url::parse(url).ok()?;
        let host = url.host_str()?.to_owned();
        match url.scheme() {
            "smtps" => Some(Self::FromTheStart(host)),
            "smtp+starttls" => Some(Self::Upgraded(host)),
            _ => None,
        }
    }

    fn trusting(self, authority: &Path) -> Result<Tls, MailError> {
        let wrong =
            |why: &dyn std::fmt::Display| MailError::Settings(format!("{}: {why}", authority.display()));
        let pem = std::fs::read(authority).map_err(|error| wrong(&error))?;
        let found = Certificate::from_pem(&pem).ok().filter(|_| has_certificate(&pem));
        let certificate = found.ok_or_else(|| wrong(&"this is no certificate in PEM form"))?;
        let parameters = |host: String| {
            let builder = TlsParameters::builder(host).add_root_certificate(certificate);
            builder.build().map_err(|error| wrong(&error))
        };
        Ok(match self {
            Self::FromTheStart(host) => Tls::Wrapper(parameters(host)?),
            Self::Upgraded(host) => Tls::Required(parameters(host)?),
        })
    }
}

/// A file without any is read as a list of none.
fn has_certificate(pem: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    pem.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// The text as a plain page: paragraphs, and links that can be pressed.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let word = |word: &str| match word.starts_with("https://") {
        true => format!("<a href=\"{word}\">{word}</a>"),
        false => word.to_owned(),
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let paragraphs =
        escaped.split("\n\n").map(|part| part.lines().map(line).collect::<Vec<_>>().join("<br>"));
    let body: String = paragraphs.map(|part| format!("<p>{part}</p>")).collect();
    format!("<!doctype html><html><body>{body}</body></html>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_mail_is_no_markup() {
        let page = html("<script>x</script> & https://t.me/x?start=1\nb\n\nc");
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("<a href=\"https://t.me/x?start=1\">"), "{page}");
    }
}
