"""The eleven domains that shortfall categories fall into, in the order pages show them."""

from registry.i18n import mark

DOMAINS = {
    "ammunition_energetics": mark("Ammunition and energetics"),
    "missiles_precision_munitions": mark("Missiles and precision munitions"),
    "air_missile_defence": mark("Air and missile defence"),
    "land_systems": mark("Land systems"),
    "uncrewed_systems": mark("Uncrewed systems"),
    "air_systems": mark("Air systems"),
    "maritime_systems": mark("Maritime systems"),
    "c4isr_ew_space_cyber": mark("Command, sensors, electronic warfare, space and cyber"),
    "personnel_cbrn_medical": mark("Personnel, CBRN and medical"),
    "logistics_sustainment_training": mark("Logistics, sustainment and training"),
    "materials_components": mark("Materials and components"),
}

UNITS = {
    "each": mark("each"),
    "round": mark("rounds"),
    "charge": mark("charges"),
    "kg": mark("kilograms"),
    "tonne": mark("tonnes"),
    "set": mark("sets"),
    "kit": mark("kits"),
    "system": mark("systems"),
    "vehicle": mark("vehicles"),
    "vessel": mark("vessels"),
    "aircraft": mark("aircraft"),
    "lot": mark("lots"),
    "licence": mark("licences"),
    "service": mark("services"),
    "labour_hour": mark("labour hours"),
}
