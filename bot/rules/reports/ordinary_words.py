"""Words with which sentences of a report begin, or which it writes with a capital.

None is a usual first name or surname: 'April', 'Will' and 'West' are not here.
"""

from __future__ import annotations

_WORDS = """
about above absence absences absent access accommodation according account across act action actions active activity
actual addition additional additionally address administration adolescent adolescents adult adults advice afterwards
again against age aged agencies agency agreed agreement ahead aim aims alert alerts allowing almost along alongside
already although altogether always among amount analysis analyst analysts annual annually any anyone apart appendix
application applications approach appropriate approximately are area areas around arrangements aside ask assessment
assessments assistance assistant attempts attendance attention audit audits authorities authority availability
available average averages avoiding aware awareness away background bands base based basis bearing become began begin
beginning begins behaviour behind being below benchmark beside besides better between beyond board boards borough boys
bring broadly budget budgets build calls came campaign can capacity care careful carried caseload caseloads cases
cause causes caution census central centre centres certain chair chairs challenge challenges change changed changes
changing chapter chart charts checks chief childhood choice city clear clearly closer closing cohort cohorts
collaboration collection college colleges combined coming comment comments commissioned commissioner commissioners
commissioning committee committees common communication communities community comparable compare compared comparing
comparison comparisons complete completed completing completion complex compliance concentration concern concerning
concerns conclusion conclusions conference conferences confidence consent consequently consider considerable
considering consistent consultation contact contents context contextual continue continued continues continuing
contract contracts contrast contributions contributory control conversation conversations conversely coordinated
coordination coordinator coordinators cost costs could councillor councillors councils count counting counts county
coverage criminal criteria critically crucially curiously current currently customer daily data database date dates
days dealing decision decisions decline declined decrease decreased decreases deficit definition definitions delay
delayed delays delivery demand demographics department departments depending deputy description despite detail
detailed details detective development differences different difficult digital director directorate directorates
directors disability disaggregated disappointingly discharge discussion discussions dispersal disruption distribution
district districts divisional do does doing domestic down draft due duties earlier early easier eastern economic
education educational effect effective effectiveness efforts eight eighteen either eleven emerging emphasis employment
encouraging encouragingly end ended ending engagement england english enough ensure ensures ensuring entry episode
episodes equalities equality equally escalation especially establish established estimate estimates ethnicity
evaluation even evening evenings events eventually ever every everyone everything evidence exact examination example
examples except exception exceptions exclusion exclusions executive existing exit expected expenditure experience
experienced experiences explanation exploitation external extra face facilitators facing fact factor factors failure
fall fallen falling families female few fewer fifteen fifth fifty figure figures final finally finance financial
finding findings first firstly five flow focus focused follow following foot footnote force forces foremost formal
former formerly forms forthcoming fortunately forty forum forward fostering four fourteen fourth framework frequency
frequent frequently front full fully function fund funded funding further furthermore future gaps gathering general
generally getting girls given giving goal goals going governance government grade graded grades gradually graph
greater greatest grooming group groups growing growth guardian guardians guidance guidelines half halves hard have
having headline headteachers health healthcare held help helped helpful helping hence hereafter higher highest
highlights historic homes hopefully hospitals hosted hour hours housing how however human identification identified
identify identifying if immediate impact implementation implications importance important importantly improve improved
improvement improvements improving inappropriate incident incidents include included includes including inclusion
incomplete increase increased increases increasing increasingly indeed independent indicators individual induction
information informed initial initially initiative initiatives inquiry inspection inspector inspectors instead
integrated intelligence interestingly intervention interventions interviewers interviewing interviews into
introduction investigation investigations investment involvement issue issues item items its itself job joined joint
jointly journey judgement keeping key kinship knowledge known lack large largely larger largest last lastly late later
latest latter lead leaders leadership leading leads learning least leaving led legal legislation length less lessons
let level levels liaison lieutenant like likely likewise limitations limited line linked links list lists live living
local locality location locations longer look looked looking losing loss lost lower lowest made main mainly
maintaining majority make makes making male manage managed management managers managing mandatory many map mapping
marginal marked markedly meanwhile measure measures measuring median meetings member members mental met method
methodology methods mid middle might minimum minority mitigation model models moderate modern moment monitoring month
monthly months more moreover most mostly move moved movement moves moving much multi multiple named namely narrative
national nationally naturally near nearly necessary neighbouring neither network networks never nevertheless newly
next nights nine nineteen ninety nobody none nonetheless nor normally northern notable notably note notes nothing
notification notifications noting notwithstanding number numbers numerous nurse nurses objective objectives
observations obtaining obviously occasionally occurrence occurrences oddly off offer offered offering offers office
official often older once one ongoing onwards open opened opening operation operational operationally opportunities
opportunity option options order organisation organisations original originally others otherwise outcome outcomes
outreach outside outstanding outturn over overall overlap overnight overview own paediatric panel panels paper papers
paragraph parallel parental part partial partially participation particular particularly partly partner partners
partnership partnerships parts past pathway pathways pattern patterns peer pending people per percentage percentages
perhaps period periods permanent person personal personnel perspective phase phone physical place placed placements
placing plan planned planning plans pleasingly plus point points policies policing policy pooled population possible
possibly potential potentially practical practice practitioners precise preparation preparations present pressure
pressures prevalence prevent preventative prevention previous previously primarily primary priorities priority private
problem problems procedure procedures process processes professional professionals profile profiles programme
programmes progress project projects promoting prompt promptly proportion proportions proposal proposals proposed
protection protocol protocols provided provider providers provides providing provision public publication published
pupil pupils purpose pushing putting qualitative quality quarter quarterly quarters question questions quicker quite
raising range ranges rapid rapidly rare rarely rate rates rather ratio rationale reaching reading real reason reasons
receiving recent recently recommendation recommendations record recorded recording records recruitment recurring
reduced reducing reduction reductions reference referral referrals refreshed refusal refusals regarding regardless
region regional regrettably regular regularly related relating relation relationship relationships relative relatively
release relevant reliability reliable relief remaining remarkably repeat repeated repeatedly reporter reporters
reporting reports representation representatives request requests required requirement requirements requiring research
residents resolution resources respect respective response responses responsibilities responsibility responsible rest
restorative result results retention returns review reviewed reviewing reviews revised rise risen rises rising risks
role roles room rota round rounded routine routinely rules runaway running sadly safe safeguarding safer safety
satisfaction scale schedule scheme schemes schools scope screening scrutiny second secondary secondly section sections
sector secure security see senior separate separately sergeant series serious seriously served service services
session set setting settings seven seventeen seventh seventy several sexual share shared shares sharing shifts
shortage shortages shortly show showed showing shown shows sickness significant significantly similar similarly simple
single site situation six sixteen sixth sixty slight slightly slow slower smaller smallest so some someone something
sometimes sooner source sources special specialist specialists specific specifically spent spike spring stable
staffing stage stakeholders standard standards start started starting starts state statement statements statistical
statistics status statutory steadily steady step steps stopping storage strategic strategies strength strengthening
strengths strikingly stronger structure structured student students studies study sub subgroup subject subsequent
subsequently substance substantial substantially success successful such suggestions suitable summary superintendent
supervision supervisors support supported supporting suppressed surprisingly sustained sustaining system systematic
systems table tables target targeted targets task teams technical technology telephone temporary ten tend term terms
than thank thankfully thanks them theme themes then thereafter thereby therefore thing things third thirdly thirteen
thirty though thousand threat three threshold thresholds through throughout thus time timeliness timely times
timescale timescales together tool toolkit tools top topic total totals toward towards town tracking traffic
trafficking trained training transfer transfers transition transitions transport travel treatment trend trends trial
trials trigger triggers truth turnover twelve twenty twice two type types typical typically ultimately unaccompanied
unauthorised uncertainty unchanged under underlying understandably understanding undoubtedly unfortunately unit units
unknown unless unlike unlikely unusual unusually up update updated updates upon upper usage use used useful using
usual usually validation value values variation variations various vast verification very via victim victims violence
virtual visible visit visiting visits voice voices volume volumes voluntary volunteers vulnerability vulnerable
warning website week weekday weekdays weekends weekly weeks welfare well wellbeing were western whatever whenever
whereas wherever whether whole whom whose why wide widely wider winter within women words work worked workers
workforce working workload workshop workshops workstream worryingly would written year yearly years yet you yours
youth
"""
ORDINARY_WORDS = frozenset(_WORDS.split())
