//! `POST /api/auth/update-profile`: changes attributes of a signed-in user.

use std::{process::ExitCode, sync::Arc};

use shared::{
    Done, Error, ErrorMapping, Route, Service, SignedIn, StatusCode, Subject, UpdateProfileRequest,
};

const UPDATE_PROFILE: Route = Route {
    name: "update-profile",
    error_prefix: "Profile error",
    failure_prefix: "Profile update failed",
    error_mappings: &[
        ErrorMapping::new(
            &["InvalidParameterException"],
            StatusCode::BAD_REQUEST,
            "Attribute value is not valid",
        ),
        // `WriteAttributes` of an existing app client lack the attribute.
        ErrorMapping::new(
            &["NotAuthorizedException"],
            StatusCode::BAD_REQUEST,
            "Attribute value is not valid",
        )
        .about(Subject::UnwritableAttribute)
        .logging_cause(),
    ],
};

fn main() -> ExitCode {
    shared::serve(&UPDATE_PROFILE, update_profile)
}

async fn update_profile(
    service: Arc<Service>,
    request: SignedIn<UpdateProfileRequest>,
) -> Result<Done, Error> {
    let attributes = request.body.attributes;
    if !attributes.iter().all(|(name, _)| service.settings.is_editable(name)) {
        return Err(Error::not_editable("attributes"));
    }
    service.cognito.update_attributes(&request.caller, &attributes).await?;
    Ok(Done::new("Profile saved"))
}

#[cfg(test)]
mod tests;
