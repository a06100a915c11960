//! The board on the screen, and what its keys do.

use std::io;
use std::time::Duration;

use ratatui::Frame;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Alignment, Constraint, Layout};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Cell, Paragraph, Row as TableRow, Table, TableState};
use tokio::sync::mpsc;

use super::feed::{Gateway, News, Session};
use super::rows::{FIGURES, HEADINGS, Row, now_ms, rows, sums};
use crate::error::Error;

/// The ages count up so often, whether anything happens or not.
const TICK: Duration = Duration::from_secs(1);

/// The screen is drawn at most so often.
const FRAME: Duration = Duration::from_millis(50);

/// News and keys that may wait to be taken in.
const WAITING_MAX: usize = 256;

/// What is shown.
struct Board {
    sessions: Vec<Session>,
    chosen: TableState,
    /// Why nothing new comes, where that is so.
    lost: Option<String>,
    /// What the last order came to.
    told: String,
    /// A session that is stopped by the next `y`.
    asks_about: Option<String>,
}

/// What a key asks for.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Nothing,
    End,
    Order { session: String, order: &'static str },
}

/// Shows the board until the user ends it. The terminal is then as it was before, also after a fault.
pub(super) async fn show(gateway: Gateway, sessions: Vec<Session>) -> Result<(), Error> {
    let failed = |error: io::Error| Error::failure("the terminal cannot be used").caused_by(&error);
    let mut terminal = ratatui::try_init().map_err(failed)?;
    let (sender, mut news) = mpsc::channel(WAITING_MAX);
    let mut keys = read_keys();
    let mut board = Board {
        sessions,
        chosen: TableState::default().with_selected(0),
        lost: None,
        told: String::new(),
        asks_about: None,
    };
    let follow = gateway.clone().follow(sender);
    let shown = async {
        loop {
            let drawn = terminal.draw(|frame| board.draw(frame, now_ms()));
            drawn.map_err(failed)?;
            tokio::time::sleep(FRAME).await;
            tokio::select! {
                Some(told) = news.recv() => board.hear(told),
                key = keys.recv() => match key.map_or(Wish::End, |key| board.press(key)) {
                    Wish::End => return Ok(()),
                    Wish::Nothing => {}
                    Wish::Order { session, order } => {
                        board.told = match gateway.order(&session, order).await {
                            Ok(()) => format!("{order}: done"),
                            Err(why) => format!("{order}: {why}"),
                        };
                    }
                },
                () = tokio::time::sleep(TICK) => {}
            }
            // Whatever came meanwhile costs one drawing.
            while let Ok(told) = news.try_recv() {
                board.hear(told);
            }
        }
    };
    let ended = tokio::select! {
        ended = shown => ended,
        () = follow => Ok(()),
    };
    ratatui::restore();
    ended
}

/// The keys, read by a thread of their own, which ends with the process: a read of a terminal cannot be given up.
fn read_keys() -> mpsc::Receiver<KeyEvent> {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            let Event::Key(key) = event else { continue };
            if key.kind != KeyEventKind::Release && sender.blocking_send(key).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Board {
    fn hear(&mut self, news: News) {
        match news {
            News::Board(sessions) => {
                self.sessions = sessions;
                self.lost = None;
            }
            News::Session(session) => {
                self.lost = None;
                match self.sessions.iter_mut().find(|known| known.id == session.id) {
                    Some(known) => *known = session,
                    None => self.sessions.push(session),
                }
            }
            News::Lost(why) => self.lost = Some(why),
        }
    }

    fn press(&mut self, key: KeyEvent) -> Wish {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if let Some(session) = self.asks_about.take() {
            self.told = String::new();
            return match key.code {
                KeyCode::Char('y') => Wish::Order { session, order: "stop" },
                _ => Wish::Nothing,
            };
        }
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return Wish::End,
            KeyCode::Char('c') if control => return Wish::End,
            KeyCode::Up | KeyCode::Char('k') => self.chosen.select_previous(),
            KeyCode::Down | KeyCode::Char('j') => self.chosen.select_next(),
            KeyCode::Char('p') => return self.order("pause"),
            KeyCode::Char('r') => return self.order("resume"),
            KeyCode::Char('s') => {
                if let Wish::Order { session, .. } = self.order("stop") {
                    self.told = "its requests are broken off and further ones refused; y stops it, any other key does not".to_owned();
                    self.asks_about = Some(session);
                }
            }
            _ => {}
        }
        Wish::Nothing
    }

    /// The order about the chosen session; `Nothing`: it cannot be held.
    fn order(&mut self, order: &'static str) -> Wish {
        let rows = rows(&self.sessions, 0);
        let row = self
            .chosen
            .selected()
            .and_then(|index| rows.get(index.min(rows.len().saturating_sub(1))));
        match row {
            Some(row) if row.named => Wish::Order { session: row.session.clone(), order },
            Some(_) => {
                self.told = "its client names no session, so it cannot be held".to_owned();
                Wish::Nothing
            }
            None => Wish::Nothing,
        }
    }

    fn draw(&mut self, frame: &mut Frame<'_>, now_ms: u64) {
        let [head, body, foot] =
            Layout::vertical([Constraint::Length(2), Constraint::Min(1), Constraint::Length(1)])
                .areas(frame.area());
        let standing = match &self.lost {
            None => "● connected".into(),
            Some(why) => format!("! not connected: {why}").red(),
        };
        let line = Line::from(vec![
            "ironbridge  ".bold(),
            // Before the sums, which may be longer than the line.
            standing,
            "  ".into(),
            sums(&self.sessions).into(),
        ]);
        frame.render_widget(Paragraph::new(line), head);
        let rows = rows(&self.sessions, now_ms);
        if rows.is_empty() {
            let text = "no session yet: the first request of a client appears here by itself";
            frame.render_widget(Paragraph::new(text).dim(), body);
        } else {
            let heads =
                HEADINGS.iter().zip(FIGURES).map(|(name, figure)| cell((*name).to_owned(), figure));
            let widths = [
                Constraint::Fill(3),
                Constraint::Fill(2),
                Constraint::Fill(3),
                Constraint::Length(5),
                Constraint::Length(7),
                Constraint::Length(8),
                Constraint::Length(5),
                Constraint::Length(5),
            ];
            let table = Table::new(rows.iter().map(table_row), widths)
                .header(TableRow::new(heads).dim())
                .row_highlight_style(Style::new().reversed());
            frame.render_stateful_widget(table, body, &mut self.chosen);
        }
        let keys = match self.told.as_str() {
            "" => "↑↓ choose · p pause · r resume · s stop · q end",
            told => told,
        };
        frame.render_widget(Paragraph::new(keys).dim(), foot);
    }
}

fn table_row(row: &Row) -> TableRow<'_> {
    let colour = match row.phase.as_str() {
        "waiting" => Color::Yellow,
        "thinking" => Color::Magenta,
        "streaming" => Color::Blue,
        "failed" => Color::Red,
        _ => Color::Reset,
    };
    let cells = row.cells.iter().zip(FIGURES).enumerate().map(|(column, (text, figure))| {
        let cell = cell(text.clone(), figure);
        if column == 2 { cell.fg(colour) } else { cell }
    });
    let line = TableRow::new(cells);
    if row.first { line.bold() } else { line }
}

fn cell(text: String, figure: bool) -> Cell<'static> {
    let alignment = if figure { Alignment::Right } else { Alignment::Left };
    Cell::new(Text::from(text).alignment(alignment))
}
