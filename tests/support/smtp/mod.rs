//! An SMTP server on loopback: takes every mail, keeps it, and refuses what it is told to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a mail may take to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail as it arrived.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The recipient of the envelope.
    pub to: String,
    /// Head and body as they were sent.
    pub raw: String,
    /// The plain text, decoded.
    pub text: String,
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<Mail>,
    /// Recipients that are refused, with the answer.
    refused: Vec<(String, String)>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    noticed: Notify,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server. Dropping it ends it.
#[derive(Debug, Clone)]
pub struct Smtp {
    shared: Arc<Shared>,
    address: String,
    _guard: Arc<DropGuard>,
}

impl Smtp {
    /// Starts a server.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let listener = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener,
            Err(error) => panic!("no port for the mail server: {error}"),
        };
        let address = listener.local_addr().map(|address| address.to_string()).unwrap_or_default();
        let (stop, shared) = (CancellationToken::new(), Arc::new(Shared::default()));
        tokio::spawn(accept(listener, Arc::clone(&shared), stop.clone()));
        Self { shared, address, _guard: Arc::new(stop.drop_guard()) }
    }

    /// Where it listens, as an address for mailers.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Refuses mail to an address from now on, with an answer like `550 no such user`.
    pub fn refuse(&self, address: &str, answer: &str) {
        self.shared.lock().refused.push((address.to_owned(), answer.to_owned()));
    }

    /// Takes everything again.
    pub fn accept_all(&self) {
        self.shared.lock().refused.clear();
    }

    /// All mails so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.lock().mails.clone()
    }

    /// Waits for the newest of at least `count` mails to an address that hold this text.
    ///
    /// # Panics
    /// When they do not come in good time.
    pub async fn mail(&self, to: &str, text: &str, count: usize) -> Mail {
        let looking = async {
            loop {
                let mut noticed = std::pin::pin!(self.shared.noticed.notified());
                noticed.as_mut().enable();
                let found: Vec<Mail> = self
                    .mails()
                    .into_iter()
                    .filter(|mail| mail.to == to && mail.text.contains(text))
                    .collect();
                if found.len() >= count {
                    return found.into_iter().next_back();
                }
                noticed.await;
            }
        };
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(Some(mail)) => mail,
            _ => panic!("no mail to {to} with {text:?}; there are {:#?}", self.mails()),
        }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let accepting = async {
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                let (shared, stop) = (Arc::clone(&shared), stop.clone());
                tokio::spawn(async move { stop.run_until_cancelled(session(stream, shared)).await });
            }
        }
    };
    stop.run_until_cancelled(accepting).await;
}

/// One session, as far as mailers need it.
async fn session(stream: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 localhost ESMTP\r\n").await?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-localhost\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
            "RCPT" => {
                to = line
                    .split('<')
                    .nth(1)
                    .and_then(|rest| rest.split('>').next())
                    .unwrap_or_default()
                    .to_owned();
                let refused = shared.lock().refused.iter().find(|(known, _)| *known == to).cloned();
                refused.map_or_else(|| "250 OK".to_owned(), |(_, answer)| answer)
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut raw = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    raw.push('\n');
                }
                let text = plain_part(&raw);
                shared.lock().mails.push(Mail { to: to.clone(), raw, text });
                shared.noticed.notify_waiters();
                "250 taken".to_owned()
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 OK".to_owned(),
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// The plain text of a mail with several parts.
fn plain_part(raw: &str) -> String {
    let Some(start) = raw.find("text/plain") else { return raw.to_owned() };
    let part = &raw[start..];
    let (head, rest) = part.split_once("\n\n").unwrap_or((part, ""));
    let body = rest.split("\n--").next().unwrap_or_default();
    if head.contains("base64") {
        return base64(body);
    }
    if head.contains("quoted-printable") { quoted_printable(body) } else { body.to_owned() }
}

fn quoted_printable(text: &str) -> String {
    let joined = text.replace("=\n", "");
    let (bytes, mut out, mut at) = (joined.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (bytes[at], hex) {
            (b'=', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn base64(text: &str) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values = text.bytes().filter_map(|byte| SIGNS.iter().position(|sign| *sign == byte));
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for value in values {
        bits = bits << 6 | u32::try_from(value).unwrap_or(0);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
