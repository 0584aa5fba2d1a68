"""The words of Canadian firm names, as data: legal forms, joiners, abbreviations, twins, places.

Everything is written as it looks after `names.fold`: lower case, ASCII, no punctuation. The lists
are our own, from general knowledge of federal and provincial corporate names (Canada Business
Corporations Act s. 10, Civil Code of Quebec art. 2189 and 2197 for the partnership forms); no
name list was mined for them. `tests/matching/identity/test_words.py` checks that they agree.
"""

from __future__ import annotations


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Removed wherever they stand but at the head, where they are initials ("AG ..."): they say how a
# firm is constituted, not which firm it is.
LEGAL_FORMS: frozenset[str] = _listed(
    """
    inc incorporated incorporee incorporation ltd ltda limited limitee ltee lte lted corp
    corporation co company compagnie cie cies lp llp llc lllp ulc plc gp sec senc sencrl srl scp
    sa sas sarl gmbh ag bv nv ab oy spa pty pte kg kk enr enrg enregistree enregistre reg regd
    registered reged societe partnership ltdee
    """
)

# Several words that are one legal form, longest first when applied.
LEGAL_PHRASES: tuple[tuple[str, ...], ...] = (
    ("societe", "en", "nom", "collectif", "a", "responsabilite", "limitee"),
    ("societe", "a", "responsabilite", "limitee"),
    ("societe", "en", "nom", "collectif"),
    ("societe", "en", "commandite"),
    ("societe", "par", "actions"),
    ("limited", "liability", "partnership"),
    ("limited", "liability", "company"),
    ("unlimited", "liability", "company"),
    ("unlimited", "liability", "corporation"),
    ("limited", "partnership"),
    ("general", "partnership"),
    ("professional", "corporation"),
)

# What follows is another name under which the same firm trades.
TRADE_JOINERS: tuple[tuple[str, ...], ...] = (
    ("faisant", "affaires", "sous", "le", "nom", "de"),
    ("faisant", "affaire", "sous", "le", "nom", "de"),
    ("faisant", "affaires", "sous", "la", "raison", "sociale"),
    ("faisant", "affaire", "sous", "la", "raison", "sociale"),
    ("carrying", "on", "business", "under", "the", "name"),
    ("faisant", "affaires", "sous", "le", "nom"),
    ("faisant", "affaire", "sous", "le", "nom"),
    ("carrying", "on", "business", "as"),
    ("faisant", "affaires", "sous"),
    ("faisant", "affaire", "sous"),
    ("doing", "business", "as"),
    ("trading", "as"),
    ("operating", "as"),
    ("formerly", "known", "as"),
    ("also", "known", "as"),
    ("known", "as"),
    ("formerly",),
    ("anciennement",),
    ("exploitee", "sous", "le", "nom"),
    ("cob", "as"),
    ("dba",),
    ("cob",),
    ("aka",),
    ("fka",),
    ("fas",),
    ("oa",),
    ("ta",),
)

# What follows is an owner or a partner: a related name, yet not surely the same firm.
OWNER_JOINERS: tuple[tuple[str, ...], ...] = (
    ("in", "joint", "venture", "with"),
    ("en", "coentreprise", "avec"),
    ("in", "joint", "venture"),
    ("en", "coentreprise"),
    ("joint", "venture"),
    ("a", "division", "of"),
    ("division", "of"),
    ("a", "div", "of"),
    ("div", "of"),
    ("une", "division", "de"),
    ("division", "de"),
    ("une", "division", "d"),
    ("division", "d"),
    ("a", "subsidiary", "of"),
    ("subsidiary", "of"),
    ("filiale", "de"),
    ("a", "member", "of"),
    ("a", "business", "unit", "of"),
    ("a", "unit", "of"),
    ("in", "care", "of"),
    ("on", "behalf", "of"),
    ("care", "of"),
)

# Little words without identity, in both languages.
STOP_WORDS: frozenset[str] = _listed(
    """
    the of and for a an in at by de du des la le les et en au aux pour par l d sur s with
    """
)

# One canonical word for abbreviations, inflections and English-French twins. Written as
# "canonical: variant variant ..."; plural s is removed before the look-up.
_FAMILIES = """
accounting: accountant comptabilite comptable
administration: admin
advisor: adviser advisory conseiller conseillere
aerospace: aerospatial aerospatiale
aircraft: aeronef avion
agency: agence
agriculture: agri agricole agricultural
air: aerien
alliance: allied allie alliee alliees
aluminum: aluminium
analysis: analyse analytic
appliance: electromenager
architect: architecte architecture architectural
armament: armement
associate: assoc associe associated associee ass
association: assn
atelier: workshop
atlantic: atlantique
automation: automatisation
automotive: auto automobile
aviation: aeronautique aeronautic
avionics: avionique avionic
bakery: boulangerie
bearing: roulement
bank: banque
bindery: reliure
biology: biologie
biscuit: cookie
boat: bateau
brewery: brasserie
brother: bro frere brs
building: bldg batiment
bus: autobus autocar
business: affaire
cabinet: armoire
cable: cablage
camp: campement
canadian: canadien canadienne cdn
carton: cardboard
carpet: tapis
casting: fonderie foundry
catering: traiteur
center: centre ctr
central: centrale
ceramic: ceramique
chemical: chimique chem chimie chemicals
circuit: circuitry
city: ville cite
civil: civile
cleaning: nettoyage
clinic: clinique
clothing: vetement apparel
college: cegep
commercial: commerciale
communication: comm comms telecom telecommunication
community: communaute communautaire
component: composant composante
composite: composites
computer: ordinateur computing
concept: conception
concrete: beton
conference: congres
construction: const constr constructeur construct
consultant: consulting consultation conseil consultancy consult expert
contractor: contracting contract entrepreneur
control: controle ctrl
cooperative: coop cooperatif
council: counsel
courier: messagerie messager
dairy: laiterie
data: donnee
defence: defense
delivery: livraison
dental: dentaire
department: dept departement
design: dessin designer
detection: detecteur detector
development: dev devel developpement
diesel: diesels
digital: numerique
distribution: dist distr distributor distributeur distrib
dynamic: dynamique
eastern: est east
ecology: ecologie ecologique
education: educational
electric: elec electrical electrique electricite
electronic: electronique elect
embroidery: broderie
employment: emploi
energy: energie
engineering: eng engr engrg engineer ingenierie ingenieur genie engineered
engine: moteur motor
enterprise: ent entreprise entr
environment: env environmental environnement environnemental environnementale enviro
equipment: equip equipement eqpt
excavation: excavating
exchange: echange
explosive: explosif
export: exportation
fabrication: fab fabricator fabricating
factory: usine
farm: ferme
federal: federale
fiber: fibre
film: pellicule
filter: filtration filtre
finance: financial financier financiere
fire: incendie
fishery: peche fishing
fleet: flotte
flight: vol
floor: plancher flooring
fluid: fluide
food: aliment alimentation alimentaire
forestry: foresterie forestier forestiere forest foret
forge: forging
foundation: fondation
freight: fret
fuel: carburant combustible petroleum petrole
furniture: meuble mobilier ameublement
garment: habit
gas: gaz
general: generale gen
geology: geologie
geomatics: geomatique geomatic
glass: verre vitre vitrerie
global: globale
government: gov govt gouvernement
group: grp groupe regroupement
hardware: quincaillerie
health: sante
heating: chauffage
helicopter: helicoptere
heritage: patrimoine
holding: gestion
home: maison
hospital: hopital
house: maisons
housing: logement habitation
hydraulic: hydraulique
import: importation
industry: ind inds industrie industrial industriel industrielle
information: info informatic informatique
innovation: innovative innovator
inspection: inspecteur
institute: inst institut institution
instrument: instrumentation
insulation: isolation
insurance: assurance
integrated: integre integree
integration: integrator integrateur
interior: interieur
international: intl int internationale internat
investment: investissement
jewellery: bijouterie jewelry
laboratory: lab laboratoire
land: terre terrain
landscaping: paysagement paysagiste landscape
language: langue linguistic linguistique
laundry: buanderie
leather: cuir
leasing: location rental rent
lighting: eclairage lumiere
log: billot
logistic: logistique
lumber: bois wood
machine: machinery machinerie mach
machining: usinage machinist
maintenance: entretien maint
management: mgmt mgt mgnt
manufacturing: mfg mnfg manufacturer manufacture manufacturier manufacturing mfr
marine: maritime naval navale marin
marketing: mktg commercialisation
material: materiaux materiel
mechanical: mecanique mech
medical: medicale medicaux
medicine: medecine
metal: metaux metallique
military: militaire
ministry: ministere
mining: mine minier miniere
mold: moule mould moulding molding
mount: mont mt
mountain: montagne
moving: demenagement
municipality: municipalite
museum: musee
national: nationale natl nat
navigation: navigational
network: reseau networking
new: nouveau nouvelle neuf
northern: nord north
nuclear: nucleaire
nutrition: nutritionnel
office: bureau
oil: huile
optic: optique optical
packaging: emballage pkg
paint: peinture painting
paper: papier
part: piece
partner: partenaire
pattern: patron
paving: pavage asphalt asphalte
pharmacy: pharmacie
pharmaceutical: pharma pharmaceutique
photo: photography photographie photographic
physics: physique
pipe: tuyau piping
plastic: plastique
plating: placage
plumbing: plomberie
pneumatic: pneumatique
power: puissance
precision: precis
press: presse
printing: print printer imprimerie impression imprimeur
process: procede processing
product: prod produit
production: productions
professional: professionnel professionnelle pro
project: projet
property: propriete
protection: protective
province: provincial provinciale
pump: pompe
quality: qualite
quarry: carriere
radio: radios
railway: rail chemins railroad ferroviaire
realty: immobilier immobiliere
recycling: recyclage
refrigeration: refrigerant
regional: regionale region
renovation: reno
repair: reparation
research: recherche
resource: ressource
restaurant: resto
road: route rd chemin
robotic: robotique
roofing: toiture roof couvreur
rubber: caoutchouc
safety: securitaire
saint: st
sainte: ste
sale: vente
sawmill: scierie
school: ecole
science: scientific scientifique
seafood: poissonnerie
security: securite
seed: semence
service: svc serv svce srv servicing
sheet: tole tolerie
ship: navire
shipyard: chantier
shoe: chaussure footwear
sign: enseigne signage signalisation
simulation: simulator simulateur
society: soc
software: logiciel
soil: sol
solution: sol soln
son: fils
southern: sud south
specialty: specialite speciality
sport: sportif
standard: norme
stationery: papeterie
steel: acier
storage: entreposage
store: magasin
street: rue
structure: structural structurel
studio: studios
supply: fourniture fournisseur supplier approvisionnement
surveying: arpentage surveyor arpenteur
system: syst systeme sys
technical: technique
technology: tech techno technologie technological tec
tent: tente
test: testing essai
textile: textiles
tool: outil outillage tooling
towing: remorquage
toy: jouet
trade: trading commerce negoce
trailer: remorque
training: formation
translation: traduction traducteur translator
transport: transportation trans transp trucking camionnage
travel: voyage
tree: arbre
truck: camion
university: univ universite
upholstery: rembourrage
vehicle: vehicule
ventilation: vent
veterinary: veterinaire
video: videos
warehouse: entrepot
waste: dechet
water: eau
weapon: arme
welding: soudure weld soudage
western: ouest west
wheel: roue
window: fenetre fenestration
wireless: sansfil
wire: fil
woman: femme
work: travaux
world: mondial mondiale monde worldwide
yacht: yachting
young: jeune
"""


def _families(table: str) -> dict[str, str]:
    """Variant -> canonical word; the first family that claims a variant keeps it."""
    twins: dict[str, str] = {}
    lines = [line.partition(":") for line in table.strip().splitlines()]
    # A canonical word stands for itself, whatever another family says of it.
    twins.update((canonical.strip(), canonical.strip()) for canonical, _, _ in lines)
    for canonical, _, variants in lines:
        for variant in variants.split():
            twins.setdefault(variant, canonical.strip())
    return twins


# Postal and everyday short forms of provinces, as they follow a firm's name.
_PLACE_FORMS = """
canada: cda can
ontario: ont on
quebec: que qc pq
alberta: alta
manitoba: man
saskatchewan: sask
newfoundland: nfld terreneuve
montreal: mtl
"""

TWINS: dict[str, str] = _families(_FAMILIES + _PLACE_FORMS.lstrip())

# Words that many firms share. Their share of names is a prior for an index too small to know it.
# The canonical words above are all of that kind.
GENERIC: frozenset[str] = frozenset(
    {line.partition(":")[0].strip() for line in _FAMILIES.strip().splitlines()}
    | _listed(
        """
    access action active advance advanced affiliate all alpha american america arctic area art
    asset audio base bay beach best big black blue board body bridge bright care car cargo chain
    charter choice church class classic clean client club coast cold collection commission
    committee complete concern connection corner county craft creation creative crown custom
    customer deluxe direct diversified division dominion door double dream drive eagle earth eco
    edge elite emergency english euro european event executive exhibit expertise express
    exterior family fashion fast field first fitness foreign french fresh friend future garden
    gold golden good grand great green guard hall heavy hill holiday horizon hotel hunting ice
    idea image imaging imperial independent inn intelligence intelligent interactive interim
    island job joint key king lake learning legal life light line link liquid live local logic
    main major management manor map market mark master maximum media mega metro metropolitan
    micro mid mill mobile model modern multi music natural nature nation net next night nova
    ocean old omega one online open operation optimum option original outdoor overseas pacific
    pack panel park parts patent peak people performance personal personnel petro phase pine
    pioneer place plan planning plant platinum play plus point pool port post prairie premier
    premium prime priority private program prompt public pure quantum quick racing range rapid
    ready real record red reliable remote renewable response retail rich ride river rock royal
    rural sand scan sea select senior sensor series shop signal silver site sky small smart snow
    social society solar source space special specialist sprint square staff staffing star start
    state station stone strategic strategy stream strong summit sun super superior support sure
    surface team telephone temporary terminal time top total touch tour tower town trail trans
    tri true trust turbo ultra union unique unit united universal urban us usa valley value van
    venture view village vision vital voice wall watch way web wellness white wild wind wing
    winter wise x youth zone agent canam canadiana customs freres jr sr et al no co c r o n
    """
    )
)

PROVINCES: frozenset[str] = _listed(
    """
    canada ontario quebec alberta manitoba saskatchewan nunavut yukon newfoundland labrador ont
    que alta man sask nb ns nl pei bc qc nwt yt nu can cda
    """
)

# Countries, provinces, and towns of Canada large enough to be a branch's label.
PLACES: frozenset[str] = PROVINCES | _listed(
    """
    acton airdrie ajax amherst antigonish argentia aurora aylmer bagotville banff barrie
    bathurst beauport bedford belleville bellechasse boisbriand borden boucherville bradford
    brampton brandon brantford brockville brossard burlington burnaby calgary cambridge
    campbellton charlottetown chatham chicoutimi chilliwack coaticook cobourg cochrane comox
    coquitlam cornwall courtenay cranbrook dartmouth dieppe dorval drummondville edmonton
    edmundston esquimalt etobicoke fredericton gagetown gander gaspe gatineau georgetown granby
    greenwood guelph halifax hamilton iqaluit joliette jonquiere kamloops kanata kelowna kenora
    kingston kirkland kitchener lachine langley laval leduc lethbridge levis lindsay
    lloydminster london longueuil markham miramichi mississauga moncton montreal nanaimo nelson
    nepean newmarket niagara nisku oakville okanagan orillia orleans oromocto oshawa ottawa
    outaouais pembroke penticton peterborough petawawa pickering quispamsis regina repentigny
    richmond rimouski rockland rouyn saguenay sarnia saskatoon scarborough shawinigan sherbrooke
    shilo sorel squamish stratford sudbury summerside surrey suffield sydney terrebonne thetford
    timmins toronto trenton truro valcartier vancouver vaughan vernon victoria victoriaville
    waterloo welland whitby whitehorse windsor winnipeg woodbridge woodstock yarmouth
    yellowknife york america africa argentina asia australia austria bahamas barbados belgium
    brazil britain chile china colombia croatia cyprus czech denmark deutschland dubai egypt
    england estonia europe finland france germany ghana greece hungary iceland india indonesia
    ireland israel italia italy jamaica japan jordan kenya korea kuwait latvia lithuania
    luxembourg malaysia malta mexico morocco netherlands nigeria norway oman pakistan panama
    peru philippines poland polska portugal qatar romania scotland senegal serbia singapore
    slovakia slovenia spain sweden switzerland taiwan tanzania thailand tunisia turkey uganda uk
    ukraine usa us vietnam wales zealand emirates paris
    """
)

# Given names and surnames so frequent in Canada that sharing one says little.
PERSON_NAMES: frozenset[str] = _listed(
    """
    smith brown tremblay martin roy gagnon lee wilson johnson macdonald taylor campbell anderson
    jones leblanc cote williams miller thompson gauthier white morin wong young bouchard scott
    stewart belanger pelletier singh lavoie bergeron leclerc fortin gagne levesque morrison
    davis clark moore ross reid robinson walker wright mitchell murray hall allen james harris
    baker graham fraser hamilton gordon kelly cook evans hill jackson adams turner king green
    wood bell david john michael robert paul peter pierre jean michel andre claude daniel
    richard william george charles thomas joseph marc luc louis jacques marie anne mary susan
    linda steve brian kevin mark eric alain guy yves denis gilles serge francois frank henry
    arthur jim bob bill tom joe dave don ken doug mike dan sam max simon philip patrick
    """
)
