"""The door: pages, API, maps, sign-in, worker and command line. Thin: parse, authorise, ask one thing, show."""

from importlib import import_module

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import errors, furniture, i18n, navigation, security, session
from webapp.security import access, headers, input_gate
from webapp.settings import Settings, from_environment

__all__ = ["create_app", "security"]

#: Every blueprint of the house: module `webapp.<name>` with a `blueprint`.
BLUEPRINTS = (
    "pages.account",
    "pages.admin",
    "pages.audit",
    "pages.cameras",
    "pages.cells",
    "pages.clocks",
    "pages.code_lists",
    "pages.coverage",
    "pages.health",
    "pages.imports",
    "pages.incidents",
    "pages.inspections",
    "pages.devices",
    "pages.dispatch",
    "pages.map",
    "pages.patrols",
    "pages.teams",
    "pages.roster",
    "pages.roster_member",
    "pages.patrol_planning",
    "pages.siting",
    "pages.tracks",
    "pages.volunteer",
    "pages.walking",
    "pages.worker",
    "api.cameras",
    "api.coverage",
    "api.incidents",
    "api.live",
    "api.map",
    "api.patrols",
    "api.positions",
    "api.tiles",
    "api.walking",
)

csrf = CSRFProtect()


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings (from the environment when none are given)."""
    settings = settings or from_environment()
    app = Flask(__name__)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="gridbeat_page",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=settings.has_https,
        MAX_CONTENT_LENGTH=200_000,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=None,
        TEMPLATES_AUTO_RELOAD=False,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
        JSON_SORT_KEYS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # Flask's own provider has it
    if settings.proxy_count:
        app.wsgi_app = ProxyFix(app.wsgi_app, settings.proxy_count, settings.proxy_count, settings.proxy_count)  # type: ignore[method-assign]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    input_gate.register(app)
    session.register(app)
    i18n.register(app)
    csrf.init_app(app)
    access.register(app)
    navigation.register(app)
    furniture.register(app)
    errors.register(app)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"webapp.{name}").blueprint)
    csrf.exempt(app.blueprints["api_positions"])  # a token in each request; no cookie opens these addresses
    headers.register(app)
    app.after_request(session.keep)
    return app
