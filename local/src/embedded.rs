//! The functions behind a stub of API Gateway, in front of the fake of Cognito or a real user pool.

use std::{collections::BTreeMap, fs, io, sync::Arc};

use lambda_stub::{Executable, build};

use crate::{
    cognito::UserPool,
    console, demo_users,
    failure::Failure,
    functions::Functions,
    gateway::{Cors, Gateway},
    options::Options,
    pages::Pages,
    shutdown,
    stack::Stack,
    template::Template,
    watch::Edits,
};

/// Builds and runs the functions. Returns only with an error, unless a signal ends the process.
///
/// # Errors
///
/// A step fails.
pub fn run(options: &Options) -> Result<(), Failure> {
    let repository =
        options.repository.canonicalize().map_err(|error| Failure::file(&options.repository, error))?;
    let folder = repository.join("target/local");
    fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, error))?;
    // An edit during the first build counts.
    let edits = (!options.no_watch).then(|| Edits::watch(&repository)).transpose()?;
    let executables = build(&repository).map_err(Failure::build)?;

    let template = Template::read(&repository)?;
    let pages = Pages::bind()?;
    let pool = UserPool::new(options, &template, &format!("{}/", pages.origin()))?;
    let cors = Cors::new(&template, pages.origin(), options.parameter("AllowedOrigins"))?;
    let mut variables = pool.variables.clone();
    if options.parameter("RefreshTokenCookie") == Some("true") {
        let days = template.default("RefreshTokenDays").unwrap_or_default();
        variables.push(("REFRESH_TOKEN_COOKIE_DAYS".to_owned(), days));
        variables.push(("ALLOWED_ORIGINS".to_owned(), cors.origins()));
    }
    let functions = Functions::new(executables, variables, &folder.join("functions.log"))?;
    let functions = Arc::new(functions);
    shutdown::at_exit({
        let functions = Arc::clone(&functions);
        move || functions.stop()
    });

    let gateway = Gateway::bind(options.port, &template, cors, Arc::clone(&functions))?;
    let stack = Stack {
        api_url: gateway.url(),
        aws_endpoint_url: pool.fake.as_ref().map(|fake| fake.url()),
        region: pool.region.clone(),
        user_pool_id: pool.id.clone(),
        client_id: pool.client_id.clone(),
        issuer: pool.issuer(),
        jwks_uri: pool.jwks_uri(),
        users: pool.fake.as_ref().map(|fake| demo_users::reset(fake)).unwrap_or_default(),
        sent_url: pool.fake.as_ref().map(|_| format!("{}/sent", gateway.url())),
        reset_url: pool.fake.as_ref().map(|_| format!("{}/reset", gateway.url())),
        page_url: Some(pages.origin().to_owned()),
    };
    let backend = match &pool.fake {
        Some(_) => "a fake of Cognito in this process".to_owned(),
        None => format!("the user pool {}", pool.id),
    };
    gateway.serve(pool.fake.clone())?;
    pages.serve(&repository, stack.about(&backend, ""))?;
    stack.write(&options.stack_file)?;
    stack.print(&options.stack_file, edits.is_some());

    match edits {
        Some(edits) => loop {
            edits.wait();
            update(build(&repository), &functions);
        },
        None => loop {
            std::thread::park();
        },
    }
}

/// Replaces the functions that a build changed, or reports that the build failed.
fn update(built: io::Result<BTreeMap<String, Executable>>, functions: &Functions) {
    match built.map_err(Failure::build).map(|executables| functions.update(executables)) {
        Ok(changed) if changed.is_empty() => {}
        Ok(changed) => console::print(&format!("Updated: {}.", changed.join(", "))),
        Err(failure) => console::print(&format!("{failure}\nThe previous build keeps running.")),
    }
}
