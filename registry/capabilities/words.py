"""What the stored words of a line are called; translated where they are shown."""

from registry.i18n import mark

PERIODS = {
    "week": mark("week"),
    "month": mark("month"),
    "quarter": mark("quarter"),
    "year": mark("year"),
}
QUALIFICATION = {
    "none": mark("Not begun"),
    "under way": mark("Under way"),
    "qualified": mark("Qualified"),
}
SOURCING = {
    "several": mark("Several suppliers in use"),
    "single": mark("One in use, others exist"),
    "sole": mark("Only one exists"),
}
UNLOCK = {
    "order": mark("An order"),
    "commitment": mark("A commitment over several years"),
    "loan": mark("A loan"),
    "permit": mark("A permit"),
    "housing": mark("Housing for workers"),
    "power": mark("Electric power"),
    "other": mark("Something else"),
}
DISCLOSURE = {
    "ATIA 20(1)(b)": mark("Supplied in confidence (Access to Information Act, paragraph 20(1)(b))"),
}
GROUPS = {
    "product": mark("What it makes"),
    "rates": mark("How much, how soon"),
    "money": mark("Money and commitments"),
    "plant": mark("People and plant"),
    "inputs": mark("What it takes in"),
    "readiness": mark("Readiness and export controls"),
    "unlock": mark("What would unlock it"),
    "record": mark("Dates"),
}
