"""The HTTP service: two families of routes over the same use-cases as the desktop.

The routes of VoiceVerifier and SpeechEngine, which existing clients speak to, and our own under
``/v1``. Only this package knows FastAPI, Starlette and uvicorn.
"""
