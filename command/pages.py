"""What our own pages share: a form over a verb, with each error at its field, and a redirect when it is done."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.generic import View

from command import principals, stepup
from command.errors import Problem
from command.permissions import Principal


class Page(View):
    """A page of our own; `principal` asks. A verb's Problem may be raised: the route shows it (routes.py)."""

    template: ClassVar[str]

    @property
    def principal(self) -> Principal:
        found = principals.of(self.request)
        assert found is not None  # the route lets nobody else in  # nosec B101
        return found

    def context(self, **more: Any) -> dict[str, Any]:
        """What the template is given; subclasses add to it."""
        return more

    def show(self, status: int = 200, **more: Any) -> HttpResponse:
        """The page as it stands."""
        return render(self.request, self.template, self.context(**more), status=status)


class FormPage(Page):
    """A page with one form. Subclasses say `form_class`, `act` (the verb; returns the words of success) and `onward`."""

    form_class: ClassVar[type[forms.Form]]
    onward: str = ""  # the name of the route that follows; the same page unless said

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = stepup.put_off(request)
        if kept is None:
            return self.show(form=self.form())
        messages.info(request, _("Nothing has been saved yet: look at what you typed, and press the button again."))
        return self.show(form=self.form(data=kept))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(data=request.POST, files=request.FILES)
        if not form.is_valid():
            return self.show(status=400, form=form)
        try:
            said = self.act(form.cleaned_data)
        except Problem as problem:
            tell(form, problem)
            return self.show(status=problem.status, form=form)
        if isinstance(said, HttpResponse):
            return said
        if said:
            messages.success(request, said)
        return redirect(self.onward or request.get_full_path())

    def form(self, **kwargs: Any) -> forms.Form:
        """The form, empty or as it was sent."""
        return self.form_class(initial=self.initial(), **kwargs)

    def initial(self) -> dict[str, Any]:
        """What stands in the fields at first."""
        return {}

    def act(self, said: dict[str, Any]) -> str | HttpResponse:
        """Run the verb; return the words of success, or a page of its own (a key that is shown once)."""
        raise NotImplementedError


def tell(form: forms.Form, problem: Problem) -> None:
    """Put a verb's refusal where it belongs: at the fields it names, else above the form."""
    named = {name: words for name, words in (problem.fields or {}).items() if name in form.fields}
    for name, words in named.items():
        form.add_error(name, words)
    if not named:
        form.add_error(None, problem.message)
