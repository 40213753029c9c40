//! The Bot API over HTTP, by tgbot.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tgbot::api::{Client, ExecuteError, Method, Payload, PayloadError};
use tgbot::types::{
    AllowedUpdate, AnswerCallbackQuery, BotCommand, DeleteWebhook, EditMessageText, GetBot, GetFile,
    GetUpdates, GetUserProfilePhotos, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, InputFileReader,
    InputProfilePhotoStatic, SendDocument, SendMessage, SendPhoto, SetBotCommands, SetBotDescription,
    SetBotName, SetBotProfilePhoto, SetBotShortDescription, SetWebhook,
};
use tokio::io::AsyncWriteExt as _;

use super::{Attachment, BotError, BotTransport, Buttons, Profile, Sent};
use crate::store::outbox::Out;

/// Longest exchange that is no waiting for updates; a file of 20 MB must fit.
const EXCHANGE: Duration = Duration::from_secs(120);
const CONNECT: Duration = Duration::from_secs(10);

/// A bot at the Bot API.
#[derive(Debug)]
pub struct BotApi {
    client: Client,
}

/// A method whose answer is taken as it comes: what is new in it, or odd, harms nobody.
struct Raw<M>(M);

impl<M: Method> Method for Raw<M> {
    type Response = Value;

    fn into_payload(self) -> Result<Payload, PayloadError> {
        self.0.into_payload()
    }
}

impl BotApi {
    /// A bot by its token, at the API server with this address.
    ///
    /// # Errors
    /// [`BotError::Unreachable`] when no HTTP client can be made.
    pub fn new(base_url: &str, token: &SecretString) -> Result<Self, BotError> {
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .filter_map(|root| reqwest::Certificate::from_der(root).ok());
        let http = reqwest::Client::builder()
            .tls_certs_merge(roots)
            .connect_timeout(CONNECT)
            .timeout(EXCHANGE)
            .build()
            .map_err(|error| BotError::Unreachable(error.to_string()))?;
        let client =
            Client::with_http_client(http, token.expose_secret()).with_host(base_url).with_max_retries(0);
        Ok(Self { client })
    }

    async fn call(&self, method: impl Method + Send) -> Result<Value, BotError> {
        self.client.execute(Raw(method)).await.map_err(|error| meaning(&error))
    }
}

/// What an error of the API means. Its texts are matched where its numbers say too little.
fn meaning(error: &ExecuteError) -> BotError {
    let ExecuteError::Response(refused) = error else { return BotError::Unreachable(error.to_string()) };
    if let Some(seconds) = refused.retry_after() {
        return BotError::TooMany(Duration::from_secs(seconds));
    }
    let text = refused.description();
    let lower = text.to_ascii_lowercase();
    match refused.error_code() {
        Some(429) => BotError::TooMany(Duration::from_secs(1)),
        Some(403) => BotError::Blocked,
        Some(400) if lower.contains("chat not found") => BotError::Blocked,
        Some(409) => BotError::Conflict,
        Some(401 | 404) => BotError::Token,
        Some(400..500) => BotError::Refused(text.to_owned()),
        _ => BotError::Unreachable(text.to_owned()),
    }
}

/// Nothing was to be done any more.
fn done_already(error: &BotError) -> bool {
    let BotError::Refused(text) = error else { return false };
    let text = text.to_ascii_lowercase();
    ["message is not modified", "query is too old", "query_id_invalid", "query id is invalid"]
        .iter()
        .any(|known| text.contains(known))
}

fn markup(keyboard: &Buttons) -> InlineKeyboardMarkup {
    let row = |row: &Vec<(String, String)>| {
        row.iter()
            .map(|(label, data)| InlineKeyboardButton::for_callback_data(label, data))
            .collect::<Vec<_>>()
    };
    keyboard.iter().map(row).collect::<Vec<_>>().into()
}

fn chat_id(chat: &str) -> Result<i64, BotError> {
    chat.parse().map_err(|_| BotError::Refused("this is no chat".to_owned()))
}

fn sent(message: &Value) -> Sent {
    let photo = message["photo"].as_array().and_then(|sizes| sizes.last());
    let file = message["document"]["file_id"].as_str().or(photo.and_then(|photo| photo["file_id"].as_str()));
    Sent { message_id: message["message_id"].as_i64(), file_id: file.map(str::to_owned) }
}

#[async_trait]
impl BotTransport for BotApi {
    async fn name(&self) -> Result<String, BotError> {
        let me = self.call(GetBot).await?;
        Ok(me["username"].as_str().unwrap_or_default().to_owned())
    }

    async fn updates(&self, from: i64, wait: Duration) -> Result<Vec<Value>, BotError> {
        let kinds = [AllowedUpdate::Message, AllowedUpdate::CallbackQuery, AllowedUpdate::BotStatus];
        let method = GetUpdates::new().with_offset(from).with_timeout(wait).with_allowed_updates(kinds);
        match self.call(method).await? {
            Value::Array(updates) => Ok(updates),
            _ => Err(BotError::Unreachable("the list of updates is none".to_owned())),
        }
    }

    async fn deliver(&self, chat: &str, out: &Out) -> Result<Sent, BotError> {
        let answer = match out {
            Out::Send { text, keyboard } => {
                let method = SendMessage::new(chat_id(chat)?, text.as_str());
                let method =
                    if keyboard.is_empty() { method } else { method.with_reply_markup(markup(keyboard)) };
                self.call(method).await
            }
            Out::Edit { message_id, text, keyboard } => {
                let method = EditMessageText::for_chat_message(chat_id(chat)?, *message_id, text.as_str());
                self.call(method.with_reply_markup(markup(keyboard))).await
            }
            Out::Answer { callback_id, text } => {
                let method = AnswerCallbackQuery::new(callback_id);
                self.call(if text.is_empty() { method } else { method.with_text(text) }).await
            }
            Out::Document { .. } | Out::Blank { .. } | Out::Mail { .. } => {
                return Err(BotError::Refused("this is no message".to_owned()));
            }
        };
        match answer {
            Ok(message) => Ok(sent(&message)),
            Err(error) if done_already(&error) => Ok(Sent::default()),
            Err(error) => Err(error),
        }
    }

    async fn document(&self, chat: &str, file: Attachment<'_>, caption: &str) -> Result<Sent, BotError> {
        let chat = chat_id(chat)?;
        let caption: String = caption.chars().take(1000).collect();
        let answer = match file {
            Attachment::Known { file_id, photo: true } => {
                self.call(SendPhoto::new(chat, InputFile::file_id(file_id)).with_caption(caption)).await
            }
            Attachment::Known { file_id, photo: false } => {
                self.call(SendDocument::new(chat, InputFile::file_id(file_id)).with_caption(caption)).await
            }
            Attachment::File(path, name) => {
                let unread = |error: std::io::Error| BotError::Unreachable(error.to_string());
                let file = tokio::fs::File::open(path).await.map_err(unread)?;
                let reader = InputFileReader::new(file).with_file_name(name);
                self.call(SendDocument::new(chat, reader).with_caption(caption)).await
            }
        };
        answer.map(|message| sent(&message))
    }

    async fn download(&self, file_id: &str, to: &Path, most: u64) -> Result<u64, BotError> {
        let file = self.call(GetFile::new(file_id)).await?;
        let Some(path) = file["file_path"].as_str() else {
            return Err(BotError::Refused("the file has no path".to_owned()));
        };
        if file["file_size"].as_u64().is_some_and(|size| size > most) {
            return Err(BotError::TooLarge);
        }
        let failed = |error: &dyn std::fmt::Display| BotError::Unreachable(error.to_string());
        let stream = self.client.download_file(path).await.map_err(|error| failed(&error))?;
        let mut stream = std::pin::pin!(stream);
        let mut target = tokio::fs::File::create(to).await.map_err(|error| failed(&error))?;
        let mut total = 0;
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| failed(&error.without_url()))?;
            total += piece.len() as u64;
            if total > most {
                return Err(BotError::TooLarge);
            }
            target.write_all(&piece).await.map_err(|error| failed(&error))?;
        }
        target.flush().await.map_err(|error| failed(&error))?;
        Ok(total)
    }

    async fn present(&self, profile: &Profile) -> Result<(), BotError> {
        let language = || profile.language.unwrap_or_default();
        let commands = profile.commands.iter().filter_map(|(name, text)| BotCommand::new(*name, text).ok());
        self.call(SetBotCommands::new(commands).with_language_code(language())).await?;
        let description = SetBotDescription::default().with_description(&profile.description);
        self.call(description.with_language_code(language())).await?;
        let short = SetBotShortDescription::default().with_short_description(&profile.short_description);
        self.call(short.with_language_code(language())).await?;
        self.call(SetBotName::default().with_name(&profile.name).with_language_code(language())).await?;
        Ok(())
    }

    async fn has_picture(&self) -> Result<bool, BotError> {
        let me = self.call(GetBot).await?;
        let of_me = GetUserProfilePhotos::new(me["id"].as_i64().unwrap_or_default()).with_limit(1);
        Ok(self.call(of_me).await?["total_count"].as_i64() != Some(0))
    }

    async fn set_picture(&self, jpeg: &Path) -> Result<(), BotError> {
        let unread = |error: std::io::Error| BotError::Unreachable(error.to_string());
        let file = tokio::fs::File::open(jpeg).await.map_err(unread)?;
        let reader = InputFileReader::new(file).with_file_name("picture.jpg");
        self.call(SetBotProfilePhoto::new(InputProfilePhotoStatic::new(reader))).await.map(|_| ())
    }

    async fn webhook(&self, to: Option<(&str, &str)>) -> Result<(), BotError> {
        match to {
            Some((url, secret)) => self.call(SetWebhook::new(url).with_secret_token(secret)).await?,
            None => self.call(DeleteWebhook::default()).await?,
        };
        Ok(())
    }
}
