//! `POST /api/auth/answer-challenge`: answers a challenge of a sign-in.

use std::{process::ExitCode, sync::Arc};

use shared::{AnswerChallengeRequest, Error, ErrorMapping, Request, Route, Service, SignIn, StatusCode};

const ANSWER_CHALLENGE: Route = Route {
    name: "answer-challenge",
    error_prefix: "Challenge error",
    failure_prefix: "Challenge failed",
    error_mappings: &[
        ErrorMapping::WRONG_CODE,
        ErrorMapping::EXPIRED_CODE,
        ErrorMapping::INVALID_PASSWORD,
        ErrorMapping::MALFORMED_PASSWORD,
        ErrorMapping::new(
            &["NotAuthorizedException"],
            StatusCode::UNAUTHORIZED,
            "Invalid session or credentials",
        ),
        ErrorMapping::TOTP_NOT_ENABLED,
    ],
};

fn main() -> ExitCode {
    shared::serve(&ANSWER_CHALLENGE, answer_challenge)
}

async fn answer_challenge(
    service: Arc<Service>,
    request: Request<AnswerChallengeRequest>,
) -> Result<SignIn, Error> {
    let AnswerChallengeRequest { username, session, answer, cookie } = request.body;
    let proves_a_factor = answer.proves_a_factor();
    let authentication =
        service.cognito.answer_challenge(&username, &session, answer, &request.client_context).await?;
    let sign_in = if proves_a_factor {
        SignIn::new(authentication, &username, &service.settings)
    } else {
        SignIn::before_first_factor(authentication, &username, &service.settings)
    };
    Ok(sign_in.with_cookie(cookie))
}

#[cfg(test)]
mod tests;
