//! `POST /api/auth/answer-challenge`: takes the next step of a sign-in, whichever Cognito asked for.

use std::{process::ExitCode, sync::Arc};

use shared::{AnswerChallengeRequest, Error, Refusal, Request, Route, Service, SignIn, StatusCode};

const ANSWER_CHALLENGE: Route = Route {
    name: "answer-challenge",
    refused: "Challenge error",
    failed: "Challenge failed",
    refusals: &[
        Refusal {
            codes: &["CodeMismatchException", "EnableSoftwareTokenMFAException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Invalid verification code",
        },
        Refusal {
            codes: &["ExpiredCodeException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Verification code has expired or was already used",
        },
        Refusal {
            codes: &["InvalidPasswordException", "PasswordHistoryPolicyViolationException"],
            status: StatusCode::BAD_REQUEST,
            detail: "Password does not meet requirements",
        },
        Refusal {
            codes: &["NotAuthorizedException"],
            status: StatusCode::UNAUTHORIZED,
            detail: "Invalid session or credentials",
        },
    ],
};

fn main() -> ExitCode {
    shared::serve(&ANSWER_CHALLENGE, answer_challenge)
}

async fn answer_challenge(
    service: Arc<Service>,
    request: Request<AnswerChallengeRequest>,
) -> Result<SignIn, Error> {
    let AnswerChallengeRequest { username, session, answer } = request.body;
    let authentication =
        service.cognito.answer_challenge(&username, &session, answer, &request.origin).await?;
    Ok(SignIn::new(authentication, &username, &service.user_policy))
}

#[cfg(test)]
mod tests;
